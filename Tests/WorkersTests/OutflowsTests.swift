import Answers
import HTTPMessage
import Hub
import SeededRandomness
import Synchronization
import Testing
import TimerWheel

@testable import Workers

/// A table of responses, a socket, and a clock that stands still.
private final class Bench: @unchecked Sendable {
    // SAFETY: the test's own task uses it, and no other.
    var now = 1000
    var output = ScriptedOutput()
    let table: Outflows
    let reasons = Mutex<[StreamCloseReason]>([])

    init() {
        let rules = StreamRules(heartbeat: 1600, retry: 2000, drainRetry: 10_000, slowBytes: 1 << 20, slowAge: 5000)
        table = Outflows(rules: rules, seed: 1, now: now) {}
    }

    func open(length: Int? = nil, isChunked: Bool = true, isEvents: Bool = false) -> Outflow {
        let part = Outflow.EventStreamPart(serial: 1, user: nil, opened: 0, retry: 2000, lease: nil)
        return table.open(
            to: 7, framing: BodyStart(bytes: Array("HEAD ".utf8), isChunked: isChunked, keepsConnection: true),
            length: length, events: isEvents ? part : nil, path: "/",
            notice: CloseNotice([{ [self] reason in reasons.withLock { $0.append(reason) } }]), at: now)
    }

    func settle() { table.settle(into: &output, at: now) }

    func pass(_ duration: Milliseconds, by step: Milliseconds = 50) {
        let end = now + duration
        while now < end {
            now = min(end, now + step)
            table.tick(at: now, into: &output)
            settle()
        }
    }

    /// Settles, with other tasks having their turns, until a condition holds.
    func settle(until condition: () -> Bool, _ place: SourceLocation = #_sourceLocation) async {
        for _ in 0..<1_000_000 {
            settle()
            if condition() { return }
            await Task.yield()
        }
        Issue.record("waited in vain", sourceLocation: place)
    }

    var text: String { String(decoding: output.bytes, as: UTF8.self) }
    var told: [StreamCloseReason] { reasons.withLock(\.self) }
}

/// What is done, in order.
private final class Done: Sendable {
    private let state = Mutex<[UInt8]>([])

    func add(_ number: UInt8) { state.withLock { $0.append(number) } }

    var list: [UInt8] { state.withLock(\.self) }
}

/// The content of a body in chunks, and whether its end was there.
private func content(_ bytes: [UInt8]) throws -> (bytes: [UInt8], isWhole: Bool) {
    var rest = bytes[...]
    var content: [UInt8] = []
    while let line = rest.firstIndex(of: 10) {
        let size = try #require(Int(String(decoding: rest[..<(line - 1)], as: UTF8.self), radix: 16))
        let start = line + 1
        guard start + size + 2 <= rest.endIndex else { return (content + rest[start...].prefix(size), false) }
        content += rest[start..<start + size]
        rest = rest[(start + size + 2)...]
        if size == 0 { return (content, rest.isEmpty) }
    }
    return (content, false)
}

@Suite struct `Responses that programs write` {
    /// A worker whose table is unsettled begins its next round at once: it would turn round and round.
    @Test func `A response whose client goes while it has something to send leaves nothing to do`() {
        let bench = Bench()
        let outflow = bench.open()
        #expect(bench.table.isUnsettled)
        bench.table.isGone(outflow.handle)
        bench.settle()
        #expect(!bench.table.isUnsettled)
    }

    @Test func `begin with their head at once, and with their bytes if they are there`() async throws {
        let bench = Bench()
        let outflow = bench.open()
        try await outflow.pipe.write(Array("hello".utf8))
        bench.settle()
        #expect(bench.text == "HEAD 5\r\nhello\r\n")
        _ = bench.open(isChunked: false)
        bench.output.bytes = []
        bench.settle()
        #expect(bench.text == "HEAD ")
    }

    @Test func `end once all is taken, and keep their connection`() async throws {
        let bench = Bench()
        let outflow = bench.open(length: 5, isChunked: false)
        try await outflow.pipe.write(Array("hello".utf8))
        outflow.pipe.finish()
        bench.output.room = 3
        bench.settle()
        #expect(bench.output.finishes.isEmpty && bench.told.isEmpty)
        bench.output.room = .max
        bench.settle()
        #expect(bench.output.finishes.isEmpty, "the socket was full, and has not called")
        bench.table.writable(outflow.handle)
        bench.settle()
        #expect(bench.text == "HEAD hello" && bench.output.finishes == [true] && bench.told == [.ended])
        #expect(bench.table.count == 0 && bench.table.nextTick == nil && bench.table.bytesBehind == 0)
    }

    @Test(arguments: 0..<20)
    func `come as they were written, whatever the socket takes, and hold little`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let bench = Bench()
        let isChunked = Bool.random(using: &random)
        let pieces = (0..<200).map { number in
            Array(repeating: UInt8(truncatingIfNeeded: number), count: Int.random(in: 0...5000, using: &random))
        }
        let outflow = bench.open(isChunked: isChunked)
        let pipe = outflow.pipe
        let writer = Task {
            for piece in pieces { try await pipe.write(piece) }
            pipe.finish()
        }
        while bench.output.finishes.isEmpty {
            bench.output.room = Int.random(in: 0...20_000, using: &random)
            bench.table.writable(outflow.handle)
            bench.settle()
            #expect(bench.output.largestWrite <= OutflowPipe.mostUnsent + 5000 + 32)
            await Task.yield()
        }
        try await writer.value
        let sent = Array(bench.output.bytes.dropFirst(5))
        if isChunked {
            let (bytes, isWhole) = try content(sent)
            #expect(bytes == pieces.flatMap(\.self) && isWhole)
        } else {
            #expect(sent == pieces.flatMap(\.self))
        }
        #expect(bench.told == [.ended] && bench.table.bytesBehind == 0)
    }

    @Test func `have their writers wait while much is unsent, and go on in their order`() async throws {
        let bench = Bench()
        let outflow = bench.open(isChunked: false)
        let pipe = outflow.pipe
        bench.output.room = 0
        try await pipe.write(Array(repeating: 0, count: OutflowPipe.mostUnsent))
        let done = Done()
        let first = Task {
            try await pipe.write([1])
            done.add(1)
        }
        for _ in 0..<100 { await Task.yield() }
        let second = Task {
            try await pipe.write([2])
            done.add(2)
        }
        for _ in 0..<100 {
            bench.settle()
            await Task.yield()
        }
        #expect(done.list == [])
        // The head is gone with it, and a byte of the rest.
        bench.output.room = 6
        bench.table.writable(outflow.handle)
        await bench.settle(until: { done.list != [] })
        #expect(done.list == [1])
        bench.output.room = .max
        bench.table.writable(outflow.handle)
        await bench.settle(until: { bench.output.bytes.count == 5 + OutflowPipe.mostUnsent + 2 })
        try await first.value
        try await second.value
        #expect(bench.output.bytes.suffix(2) == [1, 2])
    }

    @Test func `do not send what a task wanted to write that was cancelled`() async throws {
        let bench = Bench()
        let outflow = bench.open(isChunked: false)
        let pipe = outflow.pipe
        try await pipe.write(Array(repeating: 0, count: OutflowPipe.mostUnsent))
        let writer = Task { () -> StreamWriteError.Code? in
            do throws(StreamWriteError) {
                try await pipe.write([1])
                return nil
            } catch {
                return error.code
            }
        }
        for _ in 0..<100 { await Task.yield() }
        writer.cancel()
        #expect(await writer.value == .cancelled)
        pipe.finish()
        await bench.settle(until: { bench.output.finishes == [true] })
        #expect(!bench.output.bytes.contains(1))
    }

    @Test func `tell their writers when the client is gone, and cancel the task`() async throws {
        let bench = Bench()
        let outflow = bench.open()
        let pipe = outflow.pipe
        let writer = Task { () -> StreamWriteError.Code? in
            do throws(StreamWriteError) {
                while true { try await pipe.write(Array(repeating: 0, count: 1000)) }
            } catch {
                return error.code
            }
        }
        let sleeper = Task { (try? await Task.sleep(for: .seconds(1000))) == nil }
        outflow.task = Task {
            _ = await withTaskCancellationHandler {
                await sleeper.value
            } onCancel: {
                sleeper.cancel()
            }
        }
        bench.output.room = 0
        bench.settle()
        bench.table.isGone(outflow.handle)
        #expect(await writer.value == .closed(.gone))
        #expect(await sleeper.value)
        #expect(bench.told == [.gone] && bench.output.finishes.isEmpty && bench.table.bytesBehind == 0)
    }

    @Test(arguments: [4, 6])
    func `are reset when they have another length than was told`(count: Int) async throws {
        let bench = Bench()
        let outflow = bench.open(length: 5, isChunked: false)
        do throws(StreamWriteError) {
            for _ in 0..<count { try await outflow.pipe.write([0]) }
            outflow.pipe.finish()
        } catch {
            #expect(error.code == .wrongLength && count == 6)
            outflow.pipe.fail(error)
        }
        bench.settle()
        #expect(bench.output.finishes.isEmpty && bench.output.resets.count == 1 && bench.told == [.failed])
        #expect(bench.output.failures.list.count == 1)
    }

    @Test func `are reset when the socket takes nothing for too long, and not when it takes little`() async throws {
        let bench = Bench()
        let (slow, stuck) = (bench.open(), bench.open())
        for outflow in [slow, stuck] { try await outflow.pipe.write(Array(repeating: 0, count: 1000)) }
        bench.output.room = 0
        bench.settle()
        for _ in 0..<5 {
            bench.pass(4000)
            bench.output.room = 1
            bench.table.writable(slow.handle)
            bench.settle()
            bench.output.room = 0
            bench.table.writable(slow.handle)
            bench.settle()
        }
        #expect(bench.output.resets == [.slowAge] && bench.told == [.slow] && bench.table.count == 1)
        #expect(bench.table.outflow(slow.handle) != nil && bench.table.outflow(stuck.handle) == nil)
        bench.pass(5100)
        #expect(bench.told == [.slow, .slow])
    }

    @Test func `of a client that sends nothing more go on while something moves, and are given up when nothing does`()
        async throws
    {
        let bench = Bench()
        let outflow = bench.open()
        bench.settle()
        bench.pass(3000)
        #expect(bench.table.goesOn(outflow.handle, for: 1000, at: bench.now))
        for _ in 0..<5 {
            bench.pass(800)
            try await outflow.pipe.write(Array("x".utf8))
            bench.settle()
        }
        // While the socket is full it is a slow reader as any other.
        bench.output.room = 0
        try await outflow.pipe.write(Array("y".utf8))
        bench.pass(3000)
        bench.output.room = .max
        bench.table.writable(outflow.handle)
        bench.pass(900)
        #expect(bench.told == [] && bench.text.hasSuffix("y\r\n"))
        bench.pass(200)
        #expect(bench.output.resets == [.gone] && bench.told == [.gone] && bench.output.finishes == [])
    }

    @Test func `that are streams of events do not go on without their client, nor does one that is gone`() {
        let bench = Bench()
        let (events, body) = (bench.open(isEvents: true), bench.open())
        bench.settle()
        #expect(!bench.table.goesOn(events.handle, for: 1000, at: bench.now))
        bench.table.isGone(body.handle)
        #expect(!bench.table.goesOn(body.handle, for: 1000, at: bench.now))
    }

    @Test func `of a socket that is broken are gone`() async throws {
        let bench = Bench()
        let outflow = bench.open()
        bench.output.room = -1
        bench.settle()
        #expect(bench.told == [.gone])
        await #expect(throws: StreamWriteError.closed(.gone)) { try await outflow.pipe.write([1]) }
    }
}

@Suite struct `Event streams that programs write` {
    @Test func `begin with how long to wait, and beat while they are idle`() async throws {
        let bench = Bench()
        let outflow = bench.open(isChunked: false, isEvents: true)
        bench.settle()
        let retry = try #require(Int(bench.text.split(separator: "retry: ")[1].dropLast(2)))
        #expect((1000...3000).contains(retry) && bench.text.hasPrefix("HEAD retry: "))
        bench.output.bytes = []
        bench.pass(1500)
        #expect(bench.text == "")
        bench.pass(500)
        #expect(bench.text == ":\n")
        // Who has something to say need not beat.
        bench.output.bytes = []
        for _ in 0..<10 {
            try await outflow.pipe.write(Array("x".utf8))
            bench.pass(1000)
        }
        #expect(bench.text == String(repeating: "x", count: 10))
    }

    @Test func `say why they end after all that was sent, and close their connection`() async throws {
        let bench = Bench()
        let outflow = bench.open(isEvents: true)
        try await outflow.pipe.write(Array("data: a\n\n".utf8))
        bench.output.room = 10
        bench.settle()
        try await outflow.pipe.write(Array("data: b\n\n".utf8))
        bench.table.drain()
        await #expect(throws: StreamWriteError.closed(.drained)) { try await outflow.pipe.write([1]) }
        bench.output.room = .max
        bench.table.writable(outflow.handle)
        while bench.table.isUnsettled { bench.settle() }
        let (bytes, isWhole) = try content(Array(bench.output.bytes.dropFirst(5)))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("\n\ndata: a\n\ndata: b\n\n: the hub is stopping\nretry: ") && isWhole)
        #expect(bench.output.finishes == [false] && bench.told == [.drained])
    }

    @Test func `whose writer throws end with what was sent`() async throws {
        struct Broken: Error {}
        let bench = Bench()
        let outflow = bench.open(isEvents: true)
        try await outflow.pipe.write(Array("data: a\n\n".utf8))
        outflow.pipe.fail(Broken())
        bench.settle()
        let (bytes, isWhole) = try content(Array(bench.output.bytes.dropFirst(5)))
        #expect(String(decoding: bytes, as: UTF8.self).contains("data: a\n\n: the server failed\nretry: ") && isWhole)
        #expect(bench.told == [.failed] && bench.output.failures.list == ["Broken()"])
    }

    @Test func `keep the reason for which they were to end, whatever comes after`() async throws {
        let bench = Bench()
        let outflow = bench.open(isEvents: true)
        bench.output.room = 0
        bench.settle()
        bench.table.endEvents(outflow, because: .disconnected, saying: "disconnected", stopID: "e~stop")
        bench.table.drain()
        bench.table.isGone(outflow.handle)
        #expect(bench.told == [.disconnected])
    }
}

@Suite struct `Handles of responses` {
    @Test func `are never the board's, and never mean the next tenant`() {
        for slot: Int32 in [0, 1, 77, .max] {
            for generation: UInt32 in [0, 1, .max] {
                let handle = OutflowHandle(slot: slot, generation: generation)
                #expect(handle.bits & OutflowHandle.mark != 0 && OutflowHandle(bits: handle.bits) == handle)
                let other = UInt64(generation) << 32 | UInt64(slot)
                #expect(other & OutflowHandle.mark == 0 && StreamHandle(bits: other).bits == other)
            }
        }
        let bench = Bench()
        let first = bench.open()
        bench.table.isGone(first.handle)
        let second = bench.open()
        #expect(second.handle.slot == first.handle.slot)
        bench.table.isGone(first.handle)
        #expect(bench.table.outflow(second.handle) === second && bench.told == [.gone])
    }
}
