// Owns the system's reasons in words. Must be made before another call changes `errno`.

import CLibuv

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why something with sockets, threads or signals failed.
package struct NetworkError: Error, Sendable, CustomStringConvertible {
    /// The system's number for it (`errno`); 0 if it has none.
    package let code: Int32
    /// What could not be done, and the system's reason.
    package let description: String

    /// Makes an error without a number.
    package init(_ description: String) {
        code = 0
        self.description = description
    }

    /// Makes an error of one of libuv's negative codes.
    init(_ status: Int32, _ what: String) {
        code = -status
        description = "\(what): \(String(cString: uv_strerror(status)))"
    }

    /// Makes an error of the present `errno`.
    init(errno what: String) {
        let number = errno
        code = number
        description = "\(what): \(String(cString: strerror(number)))"
    }
}
