internal import COpenSSL

/// OpenSSL's list of errors, which each thread has for itself.
enum ErrorQueue {
    /// Makes sure that what comes next is not blamed for what was before.
    static func begin() {
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }
}
