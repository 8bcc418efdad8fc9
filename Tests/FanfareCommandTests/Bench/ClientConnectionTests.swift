import Network
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct `A connection out` {
    private final class Recorder: ClientConnectionDelegate {
        private let loop: EventLoop
        var received = 0
        var ends: [NetworkError?] = []
        var stopsAtBytes = false

        init(_ loop: EventLoop) { self.loop = loop }

        func received(_ bytes: Span<UInt8>, on connection: ClientConnection) {
            received += bytes.count
            if stopsAtBytes { loop.stop() }
        }

        func ended(_ connection: ClientConnection, because error: NetworkError?) {
            ends.append(error)
            loop.stop()
        }
    }

    /// A connection that has had its first byte, and the other end of it.
    private func connected() throws -> (ClientConnection, Recorder, EventLoop, peer: Int32) {
        let listener = socket(AF_INET, streamType, 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = withUnsafeMutableBytes(of: &address) { bytes in
            let place = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            guard bind(listener, place, length) == 0, listen(listener, 1) == 0 else { return UInt16(0) }
            getsockname(listener, place, &length)
            return UInt16(bigEndian: bytes.load(as: sockaddr_in.self).sin_port)
        }
        let loop = try EventLoop()
        let recorder = Recorder(loop)
        let connection = try ClientConnection(
            to: try SocketAddress("127.0.0.1:\(port)"), on: loop, reading: ReadBuffer(byteCount: 1024),
            delegate: recorder)
        let peer = accept(listener, nil, nil)
        try #require(peer >= 0)
        #expect(write(peer, "x", 1) == 1)
        recorder.stopsAtBytes = true
        loop.run {}
        recorder.stopsAtBytes = false
        #expect(recorder.received == 1)
        return (connection, recorder, loop, peer)
    }

    @Test func `hands on all that came before a reset, and then the reset`() throws {
        let (connection, recorder, loop, peer) = try connected()
        let bytes = [UInt8](repeating: 0, count: 10_000)
        #expect(write(peer, bytes, bytes.count) == bytes.count)
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close(peer)
        withExtendedLifetime((connection, recorder)) { loop.run {} }
        #expect(recorder.received == 10_001)
        #expect(recorder.ends.count == 1 && recorder.ends.first??.code == ECONNRESET)
    }

    @Test func `tells its end without an error when the other side ends it`() throws {
        let (connection, recorder, loop, peer) = try connected()
        close(peer)
        withExtendedLifetime((connection, recorder)) { loop.run {} }
        #expect(recorder.ends.count == 1)
        #expect(recorder.ends.first?.map(\.code) == .some(nil))
    }

    @Test func `sends what it is given`() throws {
        let (connection, recorder, loop, peer) = try connected()
        connection.send(Array("hello".utf8))
        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(read(peer, &buffer, 16) == 5)
        close(peer)
        withExtendedLifetime((connection, recorder)) { loop.run {} }
    }

    #if os(Linux)
        private var streamType: Int32 { Int32(SOCK_STREAM.rawValue) }
    #else
        private var streamType: Int32 { SOCK_STREAM }
    #endif
}
