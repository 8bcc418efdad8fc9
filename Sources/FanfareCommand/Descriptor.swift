// The calls on file descriptors that a command needs for its own input and output. They block their thread: the main one.

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// An open file descriptor that somebody else closes.
struct Descriptor: Sendable {
    let fd: Int32

    static var standardInput: Self { .init(fd: STDIN_FILENO) }
    static var standardOutput: Self { .init(fd: STDOUT_FILENO) }
    static var standardError: Self { .init(fd: STDERR_FILENO) }

    /// Takes the numbers of those that the process was started without (`>&-`), before a socket gets one of them and is
    /// written to in their place.
    static func reserveStandardOnes() {
        // The lowest free number is the one that is given. Neither can be read nor written in a way that looks well.
        for fd in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(fd, F_GETFD) < 0 {
            _ = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Waits for bytes and takes at most as many as the buffer has room for; 0 at the end.
    ///
    /// - Throws: ``SystemError``, but goes on after a signal and waits for a descriptor that does not block.
    func read(into buffer: inout [UInt8]) throws(SystemError) -> Int {
        while true {
            #if canImport(Darwin)
                let count = Darwin.read(fd, &buffer, buffer.count)
            #else
                let count = Glibc.read(fd, &buffer, buffer.count)
            #endif
            if count >= 0 { return count }
            try recover(from: errno, waitingFor: POLLIN)
        }
    }

    /// Writes all bytes.
    ///
    /// - Throws: ``SystemError``, but goes on after a signal and waits for a descriptor that does not block.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { rest in
                #if canImport(Darwin)
                    Darwin.write(fd, rest.baseAddress, rest.count)
                #else
                    Glibc.write(fd, rest.baseAddress, rest.count)
                #endif
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else {
                try recover(from: errno, waitingFor: POLLOUT)
            }
        }
    }

    /// Whether a read would return at once.
    var isReadable: Bool {
        var request = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }

    private func recover(from code: Int32, waitingFor events: Int32) throws(SystemError) {
        switch code {
        case EINTR: return
        case EAGAIN:
            var request = pollfd(fd: fd, events: Int16(events), revents: 0)
            poll(&request, 1, -1)
        default: throw SystemError(code: code)
        }
    }
}

/// What a system call answers when it fails.
struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    let code: Int32

    /// Whether nobody reads what is written any more.
    var isBrokenPipe: Bool { code == EPIPE }

    var description: String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}
