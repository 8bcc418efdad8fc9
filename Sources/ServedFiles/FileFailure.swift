// Owns the words for why a file cannot be served. They are for logs: a client learns no more than the code.

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why a file cannot be served.
package struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What it comes to.
    package enum Code: Sendable, Hashable {
        /// There is nothing of that name that could be served.
        case missing
        /// The server may not read it.
        case forbidden
        /// There is no room for another open file, or no memory.
        case busy
        /// The system failed otherwise.
        case failed
        /// The file became shorter while it was read.
        case shrunk
    }

    /// What it comes to.
    package let code: Code
    /// What happened, with the system's reason.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// What an error number of the system's says of a name.
    init(_ number: Int32, _ name: String) {
        let code: Code =
            switch number {
            case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP, ENXIO, EINVAL: .missing
            case EACCES, EPERM: .forbidden
            case EMFILE, ENFILE, ENOMEM: .busy
            default: .failed
            }
        self.init(code, "\(name): \(String(cString: strerror(number)))")
    }
}
