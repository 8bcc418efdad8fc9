import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A plain socket to a server on loopback, which sends and receives just what it is told, and waits for it.
final class RawClient: Sendable {
    private let fd: Int32

    convenience init(port: UInt16) {
        self.init(ifListening: port)!
    }

    /// Fails when nobody listens any more.
    init?(ifListening port: UInt16) {
        #if os(Linux)
            fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            fd = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 {
            close(fd)
            return nil
        }
    }

    /// Sends a request without a body.
    func send(_ method: String, _ target: String) {
        send("\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
    }

    /// Sends a text as it is.
    func send(_ text: String) {
        let bytes = Array(text.utf8)
        // A server that stops may be gone already; what is received then tells.
        let sent = sendWithoutSignal(fd, bytes)
        precondition(sent == bytes.count || sent < 0)
    }

    /// What has come once `end` is in it, or the connection has ended.
    func receive(until end: String) async -> String {
        await onThread { self.wait(for: end) }
    }

    /// Waits until each of these connections has ended: on one thread, since thousands of turns among all tests' tasks would
    /// take minutes.
    static func endAll(_ clients: [RawClient]) async {
        await onThread {
            for client in clients {
                _ = client.wait(for: "\u{0}")
                client.end()
            }
        }
    }

    private func wait(for end: String) -> String {
        var bytes: [UInt8] = []
        while true {
            let text = String(decoding: bytes, as: UTF8.self)
            if text.contains(end) { return text }
            var some = [UInt8](repeating: 0, count: 4096)
            let count = read(fd, &some, some.count)
            if count <= 0 { return text }
            bytes += some[..<count]
        }
    }

    /// Ends the connection so that the server gets a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close(fd)
    }

    func end() { close(fd) }
}

/// A broken connection is an error, not the end of the process.
private func sendWithoutSignal(_ fd: Int32, _ bytes: [UInt8]) -> Int {
    #if os(Linux)
        return Glibc.send(fd, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    #else
        return Darwin.send(fd, bytes, bytes.count, 0)
    #endif
}

/// Does what waits by blocking, on a thread of its own: there are no more threads for tasks than processors, and those of the
/// server need them. A queue of Dispatch would not do, which takes its threads from the same few.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}
