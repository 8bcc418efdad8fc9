// Owns what follows from the options of authorization: where the keys are that verify tokens. A hub that would let
// nobody in, or everybody, must not start.

import Authorization
import HTTPMessage
package import Keys
import PrivateFiles
import TimerWheel

extension Configuration {
    /// The file of the key that the first start makes when none is given; nil if one is, if none is needed, or the log is
    /// not in a file beside which it could be.
    public var ownKeyFile: String? {
        guard !open, keyFile.isEmpty, jwks.isEmpty, case .sqlite(let path) = log else { return nil }
        return path + "-token.key"
    }

    /// Checks the options of authorization and the rules between them. The files are read when the server runs.
    ///
    /// - Parameter areNeeded: whether there have to be keys, unless everybody may do everything.
    func validateKeys(areNeeded: Bool) throws(ConfigurationError) {
        for (option, isGiven) in [
            ("key-file", !keyFile.isEmpty), ("jwks", !jwks.isEmpty), ("issuer", issuer != nil),
            ("audience", audience != nil), ("anonymous", anonymous),
        ] where open && isGiven {
            throw ConfigurationError(option, "--open asks nobody for a token; leave one of the two out")
        }
        for (option, values) in [("key-file", keyFile), ("jwks", jwks)]
        where values.contains(where: { $0.isEmpty || $0.utf8.contains(0) }) {
            throw ConfigurationError(option, "it names no file")
        }
        for text in jwks where text.contains("://") {
            guard KeySource.isFetched(text) else {
                throw ConfigurationError(
                    "jwks", "'\(ShownURL(text))' is neither an https:// or http:// URL with a host nor a file")
            }
        }
        for (option, value) in [("issuer", issuer), ("audience", audience)] where value?.isEmpty ?? false {
            throw ConfigurationError(option, "it is empty; leave it out, and any is taken")
        }
        guard !areNeeded || open || !keySources.isEmpty else {
            throw ConfigurationError(
                "key-file",
                "there is no key to verify tokens with, and beside this log none can be kept; give --key-file or --jwks, or serve with --open (no authorization)"
            )
        }
    }

    /// Where keys are from.
    package var keySources: [KeySource] {
        (ownKeyFile.map { [$0] } ?? keyFile).map(KeySource.file)
            + jwks.map { KeySource.isFetched($0) ? .url($0) : .setFile($0) }
    }

    /// What is asked of tokens beside a good signature.
    var tokenRules: TokenRules {
        TokenRules(issuer: issuer, audience: audience, leeway: tokenLeeway.milliseconds / 1000)
    }

    /// Makes the key beside the log if there is none yet. To be called when the log is open: then no other hub is at it.
    package func makeKeyIfNeeded() throws(ServerError) {
        guard let path = ownKeyFile else { return }
        var isOthers = false
        do throws(PrivateFileError) {
            if var found = try PrivateFile.readIfThere(path) {
                PrivateFile.wipe(&found.bytes)
                isOthers = !found.isPrivate
            } else {
                var secret = Self.makeSecret()
                defer { PrivateFile.wipe(&secret) }
                try PrivateFile.write(secret, to: path)
            }
        } catch {
            throw ServerError("there is no key to verify tokens with: \(error.description)")
        }
        // Who may know it, or even made it, can make any token.
        if isOthers {
            throw ServerError(
                "\(path) may be read by others, or somebody else made it: remove it, and another one is made, or name it with --key-file if it is meant to be shared"
            )
        }
    }

    /// 256 random bits, in letters and digits that can be pasted anywhere, and a line end.
    private static func makeSecret() -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        // The system's own, which is made for secrets.
        var generator = SystemRandomNumberGenerator()
        return (0..<43).map { _ in alphabet.randomElement(using: &generator)! } + [0x0A]
    }
}
