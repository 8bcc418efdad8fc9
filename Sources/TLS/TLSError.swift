// Owns the words for what goes wrong with certificates, keys and OpenSSL. Must never show a key, nor leave anything in
// OpenSSL's queue of errors: the next call on the thread would be blamed for it.

import COpenSSL
import PrivateFiles

/// Why a certificate, a key or a session cannot be used.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Code: Sendable, Equatable {
        /// A file is missing, or may not be read or written.
        case unreadable
        /// What is there is not a certificate or a key, or one that cannot be used.
        case malformed
        /// The key is protected by a passphrase, for which nobody can be asked.
        case encrypted
        /// The key belongs to another certificate.
        case mismatched
        /// The certificate is not valid any more, or not yet.
        case outOfDate
        /// OpenSSL refused.
        case failed
    }

    /// The kind.
    package let code: Code
    /// What is wrong and what to do, for an operator; no trailing stop.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// A file that cannot be read or written.
    init(_ error: PrivateFileError) { self.init(.unreadable, error.description) }

    /// What OpenSSL refused, in its own words.
    init(openSSL what: String) {
        self.init(.failed, "\(what): \(ErrorQueue.takeReason())")
    }
}

/// Does something with a file, and says what is wrong with it as all of TLS does.
func withFiles<Value>(_ body: () throws(PrivateFileError) -> Value) throws(TLSError) -> Value {
    do throws(PrivateFileError) {
        return try body()
    } catch {
        throw TLSError(error)
    }
}

/// OpenSSL's list of errors, which each thread has for itself.
enum ErrorQueue {
    /// The last error's words, or the first one's, and no errors left.
    static func takeReason(first: Bool = false) -> String {
        let code = first ? ERR_peek_error() : ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0 else { return "no reason was given" }
        if let reason = ERR_reason_error_string(code) { return String(cString: reason) }
        return "error \(code)"
    }
}
