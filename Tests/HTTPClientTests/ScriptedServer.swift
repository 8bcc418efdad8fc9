// A server that does what a test tells it, byte for byte, on real sockets of the loopback interface. Its scripts block, so
// each runs on a thread of its own; they end with the connection.

import Foundation
import Synchronization

/// Listens on a free port and runs one script a connection, in the order in which they come; the last one repeats.
final class ScriptedServer: Sendable {
    typealias Script = @Sendable (ScriptedConnection) -> Void

    let port: UInt16
    private let listener: Int32

    var url: String { "http://127.0.0.1:\(port)" }

    init(_ scripts: Script...) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                precondition(bind(listener, address, length) == 0 && listen(listener, 16) == 0)
                precondition(getsockname(listener, address, &length) == 0)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        Thread.detachNewThread {
            var number = 0
            while true {
                let fd = accept(listener, nil, nil)
                guard fd >= 0 else { return }
                let script = scripts[min(number, scripts.count - 1)]
                number += 1
                Thread.detachNewThread {
                    let connection = ScriptedConnection(fd: fd)
                    script(connection)
                    connection.close()
                }
            }
        }
    }

    deinit {
        // Ends the accept; the number itself is let go with the process, so that no other socket can take its place.
        shutdown(listener, Int32(SHUT_RDWR))
    }
}

/// One accepted connection; used by its script's thread only.
final class ScriptedConnection {
    private let fd: Int32
    private var input: [UInt8] = []

    init(fd: Int32) {
        self.fd = fd
    }

    /// Reads up to and with the empty line after a head; empty when the peer closed.
    @discardableResult
    func readHead() -> String {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let range = input.firstRange(of: end) {
                let head = String(decoding: input[..<range.upperBound], as: UTF8.self)
                input.removeSubrange(..<range.upperBound)
                return head
            }
            guard readMore() else { return "" }
        }
    }

    func readBody(_ count: Int) -> String {
        while input.count < count, readMore() {}
        defer { input.removeFirst(min(count, input.count)) }
        return String(decoding: input.prefix(count), as: UTF8.self)
    }

    /// Waits until the peer closes its side.
    func waitForClose() {
        while readMore() {}
    }

    func write(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Writes until all is out, or until the peer has taken nothing for `patience`; returns how many bytes went.
    func write(upTo count: Int, patience: Duration) -> Int {
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        var sent = 0
        while sent < count {
            let written = send(fd, piece, min(piece.count, count - sent), flags)
            if written > 0 {
                sent += written
                continue
            }
            guard errno == EAGAIN else { return sent }
            var poller = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
            guard poll(&poller, 1, Int32(patience / .milliseconds(1))) > 0 else { return sent }
        }
        return sent
    }

    /// Closes with a reset in place of an orderly end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    func close() {
        Foundation.close(fd)
    }

    private func readMore() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = recv(fd, &buffer, buffer.count, 0)
        guard count > 0 else { return false }
        input += buffer[..<count]
        return true
    }
}

/// A value that one thread gives and a task awaits, once.
final class Signal<Value: Sendable>: Sendable {
    private let stream: AsyncStream<Value>
    private let continuation: AsyncStream<Value>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    func give(_ value: Value) { continuation.yield(value) }

    func value() async -> Value? {
        for await value in stream { return value }
        return nil
    }
}

/// A door that a task opens and a script's thread waits at.
final class Door: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }
    func wait() { semaphore.wait() }
}
