// Owns one connection out: it connects, sends what it is given, and hands on what comes. It knows nothing of HTTP, and it
// never connects again by itself.

import CLibuv
package import TLS

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Who uses a `ClientConnection`. It is called on the loop's thread.
package protocol ClientConnectionDelegate: AnyObject {
    /// Bytes came. They are there for the time of the call.
    func received(_ bytes: Span<UInt8>, on connection: ClientConnection)
    /// The connection is closed.
    ///
    /// - Parameter error: why; nil when the other side ended it.
    func ended(_ connection: ClientConnection, because error: NetworkError?)
}

/// A connection to a server. It belongs to its loop's thread, and closes itself when nobody holds it any more.
package final class ClientConnection {
    private let fd: Int32
    private let loop: EventLoop
    private let buffer: ReadBuffer
    private let poll: UnsafeMutablePointer<uv_poll_t>
    private weak let delegate: (any ClientConnectionDelegate)?
    /// The TLS session that its bytes go through; nil if they go in clear.
    private var session: Session?
    private var stage = Stage.connecting
    /// What the loop watches for: UV_READABLE, UV_WRITABLE.
    private var interest: Int32 = 0
    private var out: [UInt8] = []
    private var outSent = 0

    private enum Stage {
        case connecting, open, closed
    }

    /// Begins to connect. Whether that works out is told to the delegate, by bytes or by the end.
    ///
    /// - Parameters:
    ///   - address: the server's.
    ///   - source: this side's address, of which the port is left to the system; nil leaves both to it.
    ///   - tls: how to speak TLS; nil is in clear.
    ///   - loop: the loop whose thread this is called on.
    ///   - buffer: what is read into.
    ///   - delegate: who is told; it is not held.
    /// - Throws: `NetworkError` when the system refuses at once.
    package init(
        to address: SocketAddress, from source: SocketAddress? = nil, over tls: ClientTLS? = nil, on loop: EventLoop,
        reading buffer: ReadBuffer, delegate: any ClientConnectionDelegate
    ) throws(NetworkError) {
        let fd = try Self.connecting(to: address, from: source)
        let session = tls?.session(on: fd)
        if tls != nil, session == nil {
            closeDescriptor(fd)
            throw NetworkError("there is no memory for a TLS session")
        }
        self.session = session
        self.fd = fd
        self.loop = loop
        self.buffer = buffer
        self.delegate = delegate
        poll = .allocate(capacity: 1)
        let status = uv_poll_init(loop.loop, poll, fd)
        guard status == 0 else {
            poll.deallocate()
            stage = .closed
            closeDescriptor(fd)
            throw NetworkError(status, "a connection cannot be watched")
        }
        uv_handle(raw(poll)).pointee.data = Unmanaged.passUnretained(self).toOpaque()
        watch()
    }

    deinit { close() }

    /// Sends bytes, after those of earlier calls; they wait until the connection stands.
    package func send(_ bytes: [UInt8]) {
        guard stage != .closed else { return }
        if out.isEmpty { out = bytes } else { out += bytes }
        if stage == .open { flush() }
    }

    /// Closes at once, without a word to the delegate. What is not sent is lost.
    package func close() {
        guard stage != .closed else { return }
        stage = .closed
        uv_poll_stop(poll)
        uv_close(uv_handle(raw(poll))) { handle in
            UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_poll_t.self).deallocate()
        }
        session?.close()
        session = nil
        closeDescriptor(fd)
    }

    /// A socket that is on its way to an address.
    private static func connecting(
        to address: SocketAddress, from source: SocketAddress?
    ) throws(NetworkError) -> Int32 {
        let fd = socket(address.family, streamSocket, 0)
        guard fd >= 0 else { throw NetworkError(errno: "cannot connect to \(address)") }
        Socket.setNonblocking(fd)
        Socket.set(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        #if !os(Linux)
            Socket.set(fd, SOL_SOCKET, SO_NOSIGPIPE, 1)
        #endif
        var isGood = true
        if let source {
            #if os(Linux)
                // The port is picked when it is known where to: the same one serves for several servers.
                Socket.set(fd, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1)
            #endif
            isGood = source.withSockaddr { bind(fd, $0, $1) } == 0
        }
        if isGood { isGood = address.withSockaddr { connect(fd, $0, $1) } == 0 || errno == EINPROGRESS }
        guard isGood else {
            let error = NetworkError(errno: "cannot connect to \(address)")
            closeDescriptor(fd)
            throw error
        }
        return fd
    }

    // MARK: - On the loop's thread

    /// Has the loop watch for what is of use now.
    private func watch() {
        // TLS itself has something to say before it can read on.
        let isHeldUp = session?.awaitsRoomToRead == true
        let hasBytesToSend = session.map { $0.isEstablished && (!out.isEmpty || $0.hasUnsent) } ?? !out.isEmpty
        // Ready for writing is also how a socket says that it is connected.
        let isReadable = stage == .open && !isHeldUp
        let isWritable = stage == .connecting || isHeldUp || hasBytesToSend
        let wanted =
            (isReadable ? Int32(UV_READABLE.rawValue) : 0) | (isWritable ? Int32(UV_WRITABLE.rawValue) : 0)
        guard wanted != interest, stage != .closed else { return }
        interest = wanted
        uv_poll_start(poll, wanted) { handle, status, events in
            Unmanaged<ClientConnection>.fromOpaque(uv_handle(raw(handle!)).pointee.data).takeUnretainedValue()
                .ready(status: status, events: events)
        }
    }

    private func ready(status: Int32, events: Int32) {
        // The delegate may let go of the connection while it is told of something.
        withExtendedLifetime(self) {
            if stage == .connecting {
                finishConnecting()
                return
            }
            if status < 0 {
                // The loop watches it no more. Bytes that came before the error are still there, and the error behind them.
                while stage == .open { read(isLast: true) }
                return
            }
            if events & Int32(UV_WRITABLE.rawValue) != 0 {
                if session?.awaitsRoomToRead == true { read() }
                flush()
            }
            if events & Int32(UV_READABLE.rawValue) != 0 { read() }
        }
    }

    private func finishConnecting() {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else {
            errno = code
            end(because: NetworkError(errno: "cannot connect"))
            return
        }
        stage = .open
        // Whoever connects speaks first.
        if session != nil { read() }
        flush()
    }

    private func flush() {
        guard stage == .open else { return }
        if let session, !session.isEstablished {
            watch()
            return
        }
        if outSent < out.count || session?.hasUnsent == true {
            let sent = out.withUnsafeBytes { transmit(UnsafeRawBufferPointer(rebasing: $0[outSent...])) }
            if sent < 0 {
                end(because: NetworkError(errno: "nothing can be sent"))
                return
            }
            outSent += sent
        }
        if outSent == out.count {
            out = []
            outSent = 0
        }
        watch()
    }

    /// Sends as many bytes as the socket takes; 0 if it is full, -1 if it is broken.
    private func transmit(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let session { return session.write(bytes) }
        let sent = systemSend(fd, bytes)
        if sent >= 0 { return sent }
        return Socket.isTransient(errno) ? 0 : -1
    }

    /// - Parameter isLast: whether no other call will come when there is nothing to read now.
    private func read(isLast: Bool = false) {
        guard stage == .open else { return }
        if let session {
            readRecords(session, isLast: isLast)
            return
        }
        let count = recv(fd, buffer.bytes.baseAddress, buffer.bytes.count, 0)
        if count > 0 {
            let bytes = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]).assumingMemoryBound(to: UInt8.self)
            delegate?.received(bytes.span, on: self)
        } else if count == 0 {
            end(because: nil)
        } else if isLast || !Socket.isTransient(errno) {
            end(because: NetworkError(errno: "the connection is lost"))
        }
    }

    private func readRecords(_ session: Session, isLast: Bool) {
        let wasEstablished = session.isEstablished
        repeat {
            let count = session.read(into: buffer.bytes)
            // It may be held up now, or not any more.
            watch()
            if count > 0 {
                let bytes = UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]).assumingMemoryBound(to: UInt8.self)
                delegate?.received(bytes.span, on: self)
            } else if count == 0 || isLast {
                end(
                    because: session.handshakeFailure.map { NetworkError("no trusted connection: \($0)") }
                        ?? session.failure.map { NetworkError("what came is no TLS: \($0)") })
            } else {
                break
            }
        } while stage == .open
        if !wasEstablished { flush() }
    }

    private func end(because error: NetworkError?) {
        close()
        delegate?.ended(self, because: error)
    }
}

/// How a connection out speaks TLS.
package struct ClientTLS: Sendable {
    private let context: ClientContext
    private let host: String

    /// - Parameters:
    ///   - context: whom to trust.
    ///   - host: the name or address, without brackets, that the server has to be.
    package init(context: ClientContext, host: String) {
        self.context = context
        self.host = host
    }

    func session(on fd: Int32) -> Session? { context.session(on: fd, to: host) }
}

private func systemSend(_ fd: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    send(fd, bytes.baseAddress, bytes.count, noSignal)
}
