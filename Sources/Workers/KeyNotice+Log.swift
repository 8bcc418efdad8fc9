// Owns the lines of the log about keys. No key may ever be in one.

package import Keys
import Settings

extension Logger {
    /// Writes what an operator should know of the keys.
    package func write(_ notice: KeyNotice) {
        switch notice {
        case .changed(let source, let count):
            write(.info, "tokens are verified with new keys", ["keys": source, "count": String(count)])
        case .unchanged(let source):
            write(.info, "the keys were read again, and are the same", ["keys": source])
        case .failed(let reason):
            write(.error, "new keys cannot be had; the old ones stay", ["reason": reason])
        case .unprotected(let url):
            write(.warning, "keys are fetched over http: whoever is on the way can put in theirs", ["jwks": url])
        case .readable(let file):
            write(.warning, "anybody on this machine may read a key", ["key": file])
        }
    }
}
