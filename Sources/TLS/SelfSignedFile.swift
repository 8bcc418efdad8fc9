// Owns the file in which a self-signed identity is kept from one start to the next. Must never be readable by others, nor
// take the place of a file that something else wrote.

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
        try PrivateFile.write(try PEMText.text(of: made.certificate, key: made.key), to: path)
        return made
    }

    private func kept(at time: Int) throws(TLSError) -> Identity? {
        guard let text = try PrivateFile.readIfThere(path) else { return nil }
        do throws(TLSError) {
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
