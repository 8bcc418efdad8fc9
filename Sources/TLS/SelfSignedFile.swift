// Owns the file in which a self-signed identity is kept from one start to the next. It must never be readable by others,
// nor take the place of a file that something else wrote.

import PrivateFiles

/// A self-signed identity in a file, made anew when it is missing, too old, or lacks an address.
package struct SelfSignedFile: Sendable, Equatable {
    private let path: String

    /// The file.
    package init(_ path: String) { self.path = path }

    /// The identity in the file, or a new one that then is in it.
    ///
    /// - Parameters:
    ///   - addresses: what it has to be for, besides this machine's loopback; without brackets.
    ///   - time: now, in seconds since 1970.
    package func identity(for addresses: [String], at time: Int) throws(TLSError) -> Identity {
        if let kept = try kept(at: time), SelfSigned.serves(kept, addresses, at: time) { return kept }
        let made = try SelfSigned.make(path, for: addresses, at: time)
        var text = try PEMText.text(of: made.certificate, key: made.key)
        defer { PrivateFile.wipe(&text) }
        try withFiles { () throws(PrivateFileError) in try PrivateFile.write(text, to: path) }
        return made
    }

    private func kept(at time: Int) throws(TLSError) -> Identity? {
        let kept = try withFiles { () throws(PrivateFileError) in try PrivateFile.readIfThere(path) }
        guard let found = kept else { return nil }
        var text = found.bytes
        defer { PrivateFile.wipe(&text) }
        do throws(TLSError) {
            guard try PEMText.certificates(in: text, name: path).allSatisfy(SelfSigned.isOwn) else {
                throw TLSError(.mismatched, "somebody else made the certificate in it")
            }
            guard found.isPrivate else {
                throw TLSError(
                    .unreadable, "it is another user's or open to others, who may have the key by now")
            }
            return try Identity(certificates: text, key: text, names: (path, path), at: time)
        } catch {
            if error.code == .outOfDate { return nil }
            throw TLSError(
                error.code,
                "\(path) is not the self-signed certificate that was kept there (\(error.description)); remove the file, and a new one is made"
            )
        }
    }
}
