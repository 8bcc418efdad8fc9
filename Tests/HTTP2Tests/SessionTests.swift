import HTTPMessage
import SeededRandomness
import Testing

@testable import HTTP2

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Both sides of a connection in one place; bytes go from one to the other when the test has them go.
private final class Pair: HTTP2SessionOwner, HTTP2ClientOwner {
    private(set) var server: HTTP2Session!
    private(set) var client: HTTP2ClientSession!
    /// What the server is told.
    var heads: [Int32: String] = [:]
    var faults: [Int32: String] = [:]
    var roomy: [Int32] = []
    var gone: [Int32] = []
    var areStreamsYoung = false
    /// What the client is told.
    var statuses: [Int32: Int] = [:]
    var bodies: [Int32: [UInt8]] = [:]
    var ends: [Int32: UInt32] = [:]

    init(_ limits: HTTP2Limits = HTTP2Limits()) throws {
        server = try HTTP2Session(limits: limits, memory: OutputMemory(), owner: self)
        client = try HTTP2ClientSession(expecting: 1000, owner: self)
    }

    func received(head: Result<[UInt8], MessageError>, of stream: Int32, isHead: Bool, hasBody: Bool) {
        switch head {
        case .success(let text): heads[stream] = String(decoding: text, as: UTF8.self)
        case .failure(let error): faults[stream] = error.detail
        }
    }
    func received(body: UnsafeRawBufferPointer, of stream: Int32) -> Bool { true }
    func receivedEnd(of stream: Int32) {}
    func hasRoom(_ stream: Int32) { roomy.append(stream) }
    func closed(_ stream: Int32) -> Bool {
        gone.append(stream)
        return areStreamsYoung
    }
    func answered(_ stream: Int32, status: Int) { statuses[stream] = status }
    func received(_ body: UnsafeRawBufferPointer, of stream: Int32) { bodies[stream, default: []] += body }
    func ended(_ stream: Int32, because code: UInt32) { ends[stream] = code }

    func get(_ path: String, _ more: [(name: String, value: String)] = []) throws -> Int32 {
        try client.request(
            [(":method", "GET"), (":scheme", "http"), (":authority", "a.example"), (":path", path)] + more)
    }

    func toServer(at now: Int = 0) {
        let bytes = client.takeOutput()
        bytes.withUnsafeBytes { server.receive($0, at: now) }
    }

    /// Carries at most so many bytes. Tells whether there were any.
    @discardableResult
    func toClient(atMost most: Int = .max) throws -> Bool {
        server.settle()
        var bytes: [UInt8] = []
        server.withOutput { output in
            bytes = Array(output.prefix(most))
            return bytes.count
        }
        if !bytes.isEmpty { try bytes.withUnsafeBytes { try client.receive($0) } }
        return !bytes.isEmpty
    }

    func settle() throws {
        repeat { toServer() } while try toClient()
    }

    /// Whether just these bytes came; a comparison that fails would show all of them.
    func got(_ bytes: [UInt8], on stream: Int32) -> Bool { bodies[stream, default: []] == bytes }

    /// Offers bytes as the board does, in pieces of these sizes.
    func write(_ bytes: ArraySlice<UInt8>, in sizes: [Int], to stream: Int32) -> Int {
        bytes.withUnsafeBytes { bytes in
            var pieces: [iovec] = []
            var start = 0
            for size in sizes {
                pieces.append(
                    iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress! + start), iov_len: size))
                start += size
            }
            return pieces.withUnsafeBufferPointer { server.write($0, total: start, to: stream) }
        }
    }
}

@Suite struct `A session of HTTP/2` {
    @Test func `gives a request's head as HTTP/1.1 has it`() throws {
        let pair = try Pair()
        let stream = try pair.get("/a?b=c", [("accept", "*/*"), ("cookie", "a=1"), ("x", ""), ("cookie", "b=2")])
        pair.toServer()
        #expect(
            pair.heads[stream]
                == "GET /a?b=c HTTP/1.1\r\nHost: a.example\r\naccept: */*\r\nx: \r\nCookie: a=1; b=2\r\n\r\n")
    }

    @Test func `answers many requests, each with its own body`() throws {
        let pair = try Pair()
        let streams = try (0..<200).map { try pair.get("/\($0)") }
        pair.toServer()
        for stream in streams.shuffled() {
            let body = Array("\(pair.heads[stream]!)".utf8)
            pair.server.respond(to: stream, ResponseHead(.ok), date: [], length: body.count, body: body)
        }
        try pair.settle()
        for stream in streams {
            #expect(pair.statuses[stream] == 200)
            #expect(pair.bodies[stream] == Array(pair.heads[stream]!.utf8))
            #expect(pair.ends[stream] == 0)
        }
        #expect(!pair.server.hasPendingAnswers)
    }

    /// Streams that are written to in any order, in any pieces, while the socket takes any part: each gets all of its own
    /// bytes in order, and whoever could not write all is told of room.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `loses no byte of any stream, nor mixes them up`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var limits = HTTP2Limits()
        limits.output = Int.random(in: 1...40_000, using: &random)
        let pair = try Pair(limits)
        let streams = try (0..<Int.random(in: 1...20, using: &random)).map { try pair.get("/\($0)") }
        pair.toServer()
        for stream in streams { pair.server.beginStream(stream, ResponseHead(.ok), date: []) }
        var due: [Int32: [UInt8]] = [:]
        for stream in streams {
            let count = [0, 1, 20, 3000, 70_000].randomElement(using: &random)!
            due[stream] = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* Int(stream) &+ $0 >> 8) }
        }
        var sent = Dictionary(uniqueKeysWithValues: streams.map { ($0, 0) })
        var waiting: Set<Int32> = []
        var writers = Set(streams)
        while !writers.isEmpty {
            for stream in pair.roomy { waiting.remove(stream) }
            pair.roomy = []
            // As the board: who could not write all does not try again before it is told of room.
            if let stream = writers.subtracting(waiting).sorted().randomElement(using: &random) {
                let rest = due[stream]![sent[stream]!...]
                if rest.isEmpty {
                    pair.server.finish(stream)
                    writers.remove(stream)
                    continue
                }
                let offered = Int.random(in: 1...rest.count, using: &random)
                var sizes: [Int] = []
                while sizes.reduce(0, +) < offered {
                    sizes.append(Int.random(in: 1...(offered - sizes.reduce(0, +)), using: &random))
                }
                if pair.server.outputCount >= limits.output {
                    // Its connection keeps a list of these, and offers them room once there is some.
                    try pair.toClient()
                    continue
                }
                let taken = pair.write(rest, in: sizes, to: stream)
                sent[stream]! += taken
                if taken < offered { waiting.insert(stream) }
            }
            if Bool.random(using: &random) || writers.isSubset(of: waiting) {
                try pair.toClient(atMost: Int.random(in: 1...100_000, using: &random))
                pair.toServer()
            }
        }
        try pair.settle()
        for stream in streams {
            #expect(pair.got(due[stream]!, on: stream))
            #expect(pair.ends[stream] == 0)
        }
    }

    @Test func `ends an answer that has not moved since it was last looked at`() throws {
        var limits = HTTP2Limits()
        limits.output = 1000
        let pair = try Pair(limits)
        let stream = try pair.get("/")
        pair.toServer()
        let body = [UInt8](repeating: 1, count: 500_000)
        pair.server.respond(to: stream, ResponseHead(.ok), date: [], length: body.count, body: body)
        for _ in 0..<3 {
            pair.server.dropStalledAnswers()
            try pair.toClient()
            #expect(pair.server.hasPendingAnswers)
        }
        // What moved since is looked at once more, and then nothing has moved.
        pair.server.dropStalledAnswers()
        pair.server.dropStalledAnswers()
        try pair.settle()
        #expect(!pair.server.hasPendingAnswers)
        #expect(pair.ends[stream] == HTTP2ErrorCode.cancel.rawValue)
        #expect(pair.bodies[stream]!.count < body.count)
    }

    @Test func `holds no byte of an answer for long that is sent already`() throws {
        var limits = HTTP2Limits()
        limits.output = 1000
        let pair = try Pair(limits)
        let stream = try pair.get("/")
        pair.toServer()
        let body = (0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
        pair.server.respond(to: stream, ResponseHead(.ok), date: [], length: body.count, body: body)
        #expect(pair.server.heldBytes == body.count)
        var most = 0
        while pair.ends[stream] == nil {
            try pair.toClient()
            let left = body.count - pair.bodies[stream, default: []].count
            most = max(most, pair.server.heldBytes - 2 * left)
        }
        #expect(most <= 8 << 10)
        #expect(pair.server.heldBytes == 0)
        #expect(pair.got(body, on: stream))
    }

    @Test(arguments: [
        ([(":authority", "a.example"), (":path", "/"), ("host", "b.example")], "differ"),
        ([(":authority", "a.example"), (":path", "http://b.example/")], "slash"),
        (
            [(":authority", "a.example"), (":path", "/"), ("x", String(repeating: "y", count: 20_000))],
            "more than 16384"
        ),
    ])
    func `says what is wrong with a head`(fields: [(String, String)], words: String) throws {
        let pair = try Pair()
        let stream = try pair.client.request([(":method", "GET"), (":scheme", "ftp")] + fields)
        pair.toServer()
        // Where several things are, the first is told.
        let fault = try #require(pair.faults[stream])
        #expect(fault.contains(words) || fault.contains("scheme"))
        #expect(pair.heads[stream] == nil)
    }

    @Test func `looks no further at a head that is several times too large`() throws {
        var limits = HTTP2Limits()
        limits.headBytes = 4000
        let pair = try Pair(limits)
        let stream = try pair.get("/", (0..<5).map { ("x\($0)", String(repeating: "y", count: 4000)) })
        pair.toServer()
        try pair.settle()
        #expect(pair.heads.isEmpty && pair.faults.isEmpty && !pair.server.isInHead)
        #expect(pair.ends[stream] == HTTP2ErrorCode.internalError.rawValue)
        // The connection lives on.
        let next = try pair.get("/next")
        pair.toServer()
        #expect(pair.heads[next] != nil)
    }

    @Test func `forgets a head that nghttp2 refuses`() throws {
        let pair = try Pair()
        // A name in capitals (RFC 9113, section 8.2.1).
        _ = try pair.get("/", [("Bad", "x")])
        pair.toServer()
        #expect(!pair.server.isInHead)
    }

    @Test func `is asked for no further request, answers those on their way, and then names the last`() throws {
        let pair = try Pair()
        let first = try pair.get("/1")
        pair.toServer()
        pair.server.announceEnd()
        // It is sent before the client has heard.
        let second = try pair.get("/2")
        pair.toServer()
        for stream in [first, second] {
            pair.server.respond(to: stream, ResponseHead(.ok), date: [], length: 1, body: [1])
        }
        pair.server.goAway()
        try pair.settle()
        #expect(pair.ends == [first: 0, second: 0])
        // The client does not even send another.
        let third = try pair.get("/3")
        try pair.settle()
        #expect(pair.heads[third] == nil)
        #expect(pair.ends[third] == HTTP2ErrorCode.refusedStream.rawValue)
    }

    @Test func `survives any bytes`() throws {
        for seed in 0..<500 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let pair = try Pair()
            var bytes = pair.client.takeOutput()
            let stream = try pair.get("/x")
            bytes += pair.client.takeOutput()
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                bytes[Int.random(in: 24..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes += (0..<Int.random(in: 0...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
            bytes.withUnsafeBytes { pair.server.receive($0, at: 0) }
            pair.server.respond(to: stream, ResponseHead(.ok), date: [], length: 1, body: [1])
            if let failure = pair.server.failure { pair.server.terminate(failure.code) }
            pair.server.settle()
            pair.server.withOutput(\.count)
        }
    }
}
