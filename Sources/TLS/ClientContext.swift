// Owns what all sessions of a client have in common: whom it trusts. Must never change once it is made.

import COpenSSL
import PrivateFiles

/// The client's side of TLS 1.2 and 1.3.
package final class ClientContext: @unchecked Sendable {
    // SAFETY: nothing here changes once made. OpenSSL counts who uses a context, and locks what it changes in one.
    private let context: OpaquePointer

    /// Makes a context.
    ///
    /// - Parameters:
    ///   - file: the certificates to trust, in PEM; nil for those that the system trusts.
    ///   - verifying: whether a server has to have a certificate that is trusted and has its name.
    ///   - protocols: the names of protocols to offer by ALPN.
    package init(trusting file: String?, verifying: Bool = true, protocols: [String] = []) throws(TLSError) {
        fanfare_forget_errors()
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw TLSError(openSSL: "no TLS context can be made")
        }
        self.context = context
        fanfare_tls_set_modes(context)
        let offer = ProtocolNames.wire(protocols)
        // It answers 0 when all is well.
        guard fanfare_tls_begin_with_1_2(context) == 1,
            offer.isEmpty || SSL_CTX_set_alpn_protos(context, offer, UInt32(offer.count)) == 0
        else { throw TLSError(openSSL: "no TLS context can be made") }
        SSL_CTX_set_verify(context, verifying ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        if let file {
            // Read here, so that what is wrong with the file is said of the file.
            _ = try PEMText.certificates(
                in: try withFiles { () throws(PrivateFileError) in try PrivateFile.read(file) }, name: file)
            guard SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
                throw TLSError(openSSL: "\(file) cannot be used")
            }
        } else {
            SSL_CTX_set_default_verify_paths(context)
        }
        fanfare_forget_errors()
    }

    deinit { SSL_CTX_free(context) }

    /// A session with a server; nil when there is no memory for one, or the host cannot be one's name.
    ///
    /// - Parameters:
    ///   - fd: a socket that does not block.
    ///   - host: the name or address, without brackets, that the server's certificate has to be for.
    package func session(on fd: Int32, to host: String) -> Session? {
        Session(context, of: self, on: fd, as: .client(host: host))
    }
}
