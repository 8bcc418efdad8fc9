import HTTPMessage
import Testing

@testable import HTTP2

/// A server's session whose owner says when there is room for more, and a client that is frames.
private final class Intake: HTTP2SessionOwner, HTTP2ClientOwner {
    private(set) var server: HTTP2Session!
    private var client: HTTP2ClientSession!
    private(set) var bodies: [Int32: Int] = [:]
    private(set) var ended: [Int32] = []
    /// Whether bytes are given back as soon as they are there.
    var hasRoom = false

    init(_ limits: HTTP2Limits) throws {
        server = try HTTP2Session(limits: limits, memory: OutputMemory(), owner: self)
        client = try HTTP2ClientSession(expecting: 10, owner: self)
        send(client.takeOutput())
        // The server's settings hold once they are acknowledged.
        _ = frames()
        send([0, 0, 0, 4, 1, 0, 0, 0, 0])
    }

    func received(head: Result<[UInt8], MessageError>, of stream: Int32, isHead: Bool, hasBody: Bool) {}
    func received(body: UnsafeRawBufferPointer, of stream: Int32) -> Bool {
        bodies[stream, default: 0] += body.count
        return hasRoom
    }
    func receivedEnd(of stream: Int32) { ended.append(stream) }
    func hasRoom(_ stream: Int32) {}
    func closed(_ stream: Int32) -> Bool { false }
    func answered(_ stream: Int32, status: Int) {}
    func received(_ body: UnsafeRawBufferPointer, of stream: Int32) {}
    func ended(_ stream: Int32, because code: UInt32) {}

    private func send(_ bytes: [UInt8]) { bytes.withUnsafeBytes { server.receive($0, at: 0) } }

    /// Begins a request whose body follows.
    func begin() throws -> Int32 {
        let stream = try client.request(
            [(":method", "POST"), (":scheme", "http"), (":authority", "a.example"), (":path", "/")])
        var head = client.takeOutput()
        // It does not end here, whatever the client has for its flags.
        head[4] &= ~1
        send(head)
        return stream
    }

    /// Sends bytes of a body, and as much padding.
    func send(_ count: Int, of stream: Int32, padding: UInt8? = nil, isLast: Bool = false) {
        let length = count + (padding.map { Int($0) + 1 } ?? 0)
        let flags: UInt8 = (isLast ? 1 : 0) | (padding == nil ? 0 : 8)
        var frame: [UInt8] = [
            UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), 0, flags, 0, 0, 0, UInt8(stream),
        ]
        if let padding { frame.append(padding) }
        frame += [UInt8](repeating: 0, count: length - (padding == nil ? 0 : 1))
        send(frame)
    }

    /// What the server sends, as its kind, its stream, and its first number.
    func frames() -> [[Int]] {
        var bytes: [UInt8] = []
        server.settle()
        server.withOutput { output in
            bytes = Array(output)
            return output.count
        }
        func number(_ place: Int, _ count: Int) -> Int {
            bytes[place..<min(place + count, bytes.count)].reduce(0) { $0 << 8 | Int($1) }
        }
        var frames: [[Int]] = []
        var place = 0
        while place < bytes.count {
            frames.append([number(place + 3, 1), number(place + 5, 4), number(place + 9, 4)])
            place += 9 + number(place, 3)
        }
        return frames
    }

    /// By how much each window was opened; 0 is the connection's.
    func updates() -> [Int: Int] {
        frames().filter { $0[0] == 8 }.reduce(into: [:]) { $0[$1[1], default: 0] += $1[2] }
    }
}

@Suite struct `Windows of HTTP/2` {
    private static var limits: HTTP2Limits {
        var limits = HTTP2Limits()
        (limits.streamWindow, limits.connectionWindow) = (20_000, 100_000)
        return limits
    }

    @Test func `are opened again only when the owner says so, each for itself`() throws {
        let intake = try Intake(Self.limits)
        let one = try intake.begin()
        let other = try intake.begin()
        for stream in [one, other] { intake.send(16_000, of: stream) }
        #expect(intake.bodies == [one: 16_000, other: 16_000])
        #expect(intake.updates().isEmpty)
        intake.server.giveBack(16_000, of: one)
        #expect(intake.updates() == [Int(one): 16_000])
        var opened = 0
        for _ in 0..<4 {
            intake.send(16_000, of: one)
            intake.server.giveBack(16_000, of: one)
            opened += intake.updates()[Int(one)] ?? 0
        }
        #expect(opened == 64_000)
        // The connection's window is nearly full, whichever streams have room.
        intake.server.giveBack(96_000)
        #expect(intake.updates() == [0: 96_000])
        intake.server.giveBack(16_000, of: other)
        #expect(intake.updates() == [Int(other): 16_000])
        #expect(intake.server.failure == nil)
    }

    @Test func `are opened at once where the owner keeps nothing`() throws {
        let intake = try Intake(Self.limits)
        intake.hasRoom = true
        let stream = try intake.begin()
        var updates: [Int: Int] = [:]
        for _ in 0..<100 {
            intake.send(16_000, of: stream)
            updates.merge(intake.updates(), uniquingKeysWith: +)
        }
        #expect(updates[Int(stream)] == 1_600_000)
        #expect((updates[0] ?? 0) > 1_500_000)
        #expect(intake.bodies == [stream: 1_600_000])
    }

    @Test func `are opened again by padding, which nobody sees`() throws {
        let intake = try Intake(Self.limits)
        let stream = try intake.begin()
        var opened = 0
        for _ in 0..<1000 {
            intake.send(1, of: stream, padding: 255)
            intake.server.giveBack(1, of: stream)
            intake.server.giveBack(1)
            opened += intake.updates()[Int(stream)] ?? 0
        }
        #expect(opened > 230_000)
        #expect(intake.bodies == [stream: 1000])
        intake.send(0, of: stream, isLast: true)
        #expect(intake.ended == [stream] && intake.server.failure == nil)
    }

    @Test func `may not be overrun`() throws {
        let intake = try Intake(Self.limits)
        let stream = try intake.begin()
        intake.send(16_000, of: stream)
        intake.send(16_000, of: stream)
        // FLOW_CONTROL_ERROR, of the stream alone; the frame that was too much is the last one that is looked at.
        #expect(intake.frames().contains([3, Int(stream), 3]))
        intake.send(16_000, of: stream)
        #expect(intake.bodies == [stream: 32_000])
        #expect(intake.server.failure == nil)
    }

    @Test func `of a stream that is gone concern nobody`() throws {
        let intake = try Intake(Self.limits)
        let stream = try intake.begin()
        intake.send(16_000, of: stream)
        intake.server.reset(stream, .cancel)
        _ = intake.frames()
        intake.server.giveBack(16_000, of: stream)
        #expect(intake.updates().isEmpty)
        // What comes on is thrown away, and opens the connection's window.
        intake.server.giveBack(16_000)
        var opened = 0
        for _ in 0..<100 {
            intake.send(4_000, of: stream)
            opened += intake.updates()[0] ?? 0
        }
        #expect(opened > 350_000)
    }
}
