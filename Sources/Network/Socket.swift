// Owns the options and calls on sockets that differ between systems. Must never hold a descriptor of its own.

import CLibuv

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

#if os(Linux)
    let streamSocket = Int32(SOCK_STREAM.rawValue)
#else
    let streamSocket = SOCK_STREAM
#endif

/// The system's calls on sockets, and the settings that streams need.
enum Socket {
    static func set(_ fd: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        // A setting that the system does not have only costs speed or a little memory.
        _ = setsockopt(fd, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    static func setNonblocking(_ fd: Int32) {
        _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
        _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
    }

    /// Set on a listener, and inherited from it, so that no connection pays for the calls.
    static func prepareForStreams(_ fd: Int32) {
        set(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
        #if !os(Linux)
            set(fd, SOL_SOCKET, SO_NOSIGPIPE, 1)
        #endif
        #if os(Linux)
            // A slow reader's bytes wait in the hub, where they are counted and shared, not in the kernel.
            set(fd, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, 128 << 10)
            // A peer that vanished is noticed although nothing says so.
            set(fd, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 60)
            set(fd, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 20)
            set(fd, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 120_000)
        #endif
    }

    /// Takes a connection in; -1 and `errno` when there is none to be had.
    static func accept(_ listener: Int32) -> Int32 {
        #if os(Linux)
            return fanfare_accept(listener)
        #else
            let fd = Darwin.accept(listener, nil, nil)
            if fd >= 0 { setNonblocking(fd) }
            return fd
        #endif
    }

    /// Closes so that the other side gets a reset, and nothing that waits is sent.
    static func reset(_ fd: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        _ = close(fd)
    }

    /// Whether `errno` only says that there is nothing to do right now.
    static func isTransient(_ code: Int32) -> Bool { code == EAGAIN || code == EWOULDBLOCK || code == EINTR }
}

/// The system's `close`, where a type has a method of that name.
func closeDescriptor(_ fd: Int32) { _ = close(fd) }
