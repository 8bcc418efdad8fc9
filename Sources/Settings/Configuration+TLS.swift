// Owns what follows from the options of TLS: which addresses speak it, with what certificates. A certificate that cannot
// be used must stop the start, with a line that says which and why.

package import Network
package import TLS
import TimerWheel

extension Configuration {
    /// What is spoken, in order of preference. Clients that speak HTTP/1.0 may say so, and then offer nothing else.
    private static let protocols = ["h2", "http/1.1", "http/1.0"]

    /// Whether there are certificates, or will be.
    var hasCertificate: Bool { tlsSelfSigned || !tlsCert.isEmpty }

    /// The addresses to listen on.
    package func listenAddresses() throws(NetworkError) -> [(address: SocketAddress, isSecure: Bool)] {
        var list: [(address: SocketAddress, isSecure: Bool)] = []
        for text in listen {
            let parsed = try ListenAddress(text)
            list.append((parsed.address, parsed.scheme.map { $0 == .https } ?? hasCertificate))
        }
        return list
    }

    /// Checks the options of TLS and the rules between them. The files are read when the server runs.
    func validateTLS() throws(ConfigurationError) {
        guard tlsCert.count == tlsKey.count else {
            let (option, other) = tlsCert.count < tlsKey.count ? ("tls-cert", "tls-key") : ("tls-key", "tls-cert")
            throw ConfigurationError(
                option,
                "\(min(tlsCert.count, tlsKey.count)) of these and \(max(tlsCert.count, tlsKey.count)) of --\(other); each certificate needs its key, in the same order"
            )
        }
        for (option, paths) in [("tls-cert", tlsCert), ("tls-key", tlsKey)]
        where paths.contains(where: { $0.isEmpty || $0.utf8.contains(0) }) {
            throw ConfigurationError(option, "it names no file")
        }
        if tlsSelfSigned, !tlsCert.isEmpty {
            throw ConfigurationError(
                "tls-self-signed", "there is a certificate by --tls-cert; leave one of the two out")
        }
        let schemes: [Bool]
        do throws(NetworkError) {
            schemes = try listenAddresses().map(\.isSecure)
        } catch {
            throw ConfigurationError("listen", error.description)
        }
        if schemes.contains(true), !hasCertificate {
            throw ConfigurationError(
                "listen", "https needs a certificate; give --tls-cert and --tls-key, or --tls-self-signed")
        }
        if !schemes.contains(true), hasCertificate {
            throw ConfigurationError(
                tlsSelfSigned ? "tls-self-signed" : "tls-cert",
                "nothing would use it: every --listen address is http; write one as https://ADDR:PORT")
        }
        if tlsRedirect, !(schemes.contains(true) && schemes.contains(false)) {
            throw ConfigurationError(
                "tls-redirect",
                "it leads from an http address to an https address; give one of each, as --listen http://ADDR:PORT --listen https://ADDR:PORT"
            )
        }
    }

    /// Reads the certificates that are in files; nil if there are none to be read.
    package func readCertificates() throws(ServerError) -> Credentials? {
        if tlsCert.isEmpty { return nil }
        return try credentials(
            .files(zip(tlsCert, tlsKey).map { IdentityFiles(certificate: $0, key: $1) }))
    }

    /// Makes a self-signed certificate, or takes the one that was made before; nil if none is wanted. It is kept beside
    /// the log, which must be open: then no other hub is at it.
    package func makeCertificate() throws(ServerError) -> Credentials? {
        guard tlsSelfSigned else { return nil }
        var file: SelfSignedFile?
        if case .sqlite(let path) = log { file = SelfSignedFile(path + "-tls.pem") }
        let addresses: [String]
        do throws(NetworkError) {
            addresses = try listenAddresses().filter(\.isSecure).map(\.address.host)
        } catch {
            throw ServerError(error.description)
        }
        return try credentials(.selfSigned(keptIn: file, addresses: addresses))
    }

    private func credentials(_ source: CredentialSource) throws(ServerError) -> Credentials {
        do throws(TLSError) {
            return try Credentials(source, protocols: Self.protocols, at: Process.time / 1000)
        } catch {
            throw ServerError("TLS cannot be served: \(error.description)")
        }
    }
}
