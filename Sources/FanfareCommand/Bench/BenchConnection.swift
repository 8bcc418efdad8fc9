// Owns one connection of a run that carries many streams, by HTTP/2. There may be a million of them in all: nothing here
// is an object for each.

internal import HTTP2
internal import Network

/// Streams of a run that share a connection. It belongs to the loop's thread.
final class BenchConnection: ClientConnectionDelegate {
    private unowned let run: BenchRun
    /// The numbers of the streams in the run.
    let streams: Range<Int>
    private var connection: ClientConnection?
    private var session: HTTP2ClientSession?
    private var counters: [EventCounter]
    /// How many streams go on.
    private var open = 0
    /// Answers that are no streams, and what they say.
    private var refusals: [Int32: (status: Int, body: [UInt8])] = [:]
    /// What came with the bytes that are being read.
    private var now: UInt64 = 0

    /// Connects and asks for the streams, each with the next of the topics.
    init(_ run: BenchRun, streams: Range<Int>, from source: SocketAddress?) throws(CommandError) {
        self.run = run
        self.streams = streams
        counters = streams.map {
            EventCounter(run: run.number, topic: UInt32(run.plan.topic(of: $0)), size: run.plan.options.size)
        }
        do throws(HTTP2Error) {
            let session = try HTTP2ClientSession(expecting: streams.count, owner: self)
            for number in streams {
                _ = try session.request(run.requests.subscribeFields(toTopic: run.plan.topic(of: number)))
            }
            self.session = session
        } catch {
            throw CommandError(.failed, "no stream can be asked for over HTTP/2: \(error)")
        }
        connection = try run.connect(from: source, carryingStreams: true, delegate: self)
        flush()
    }

    /// How many events of the run came on a stream, each counted once.
    func count(ofStream number: Int) -> Int { counters[number - streams.lowerBound].count }

    func received(_ bytes: Span<UInt8>, on connection: ClientConnection) {
        guard let session else { return }
        now = Process.nanoseconds
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(HTTP2Error) in try session.receive(bytes) }
        }
        if case .failure(let error) = outcome {
            end("a connection of streams is not HTTP/2: \(error)")
        } else {
            checkAllowance()
            flush()
        }
    }

    func ended(_ connection: ClientConnection, because error: NetworkError?) {
        if let error, run.isOpening {
            run.fail("no stream from \(run.plan.target.url.text): \(error); is a hub running there, with HTTP/2?")
        } else {
            end(error.map { "a connection of streams broke off: \($0)" } ?? "the hub closed a connection of streams")
        }
    }

    /// What the hub does not allow waits for ever, or is reset: that is better said at once.
    private func checkAllowance() {
        guard let allowed = session?.allowed, allowed < streams.count else { return }
        run.fail("the hub allows \(allowed) streams on a connection: open fewer with --streams-per-connection")
    }

    private func flush() {
        guard let output = session?.takeOutput(), !output.isEmpty else { return }
        connection?.send(output)
    }

    /// All streams end that have not ended before.
    private func end(_ reason: String) {
        connection?.close()
        connection = nil
        session = nil
        let left = open
        open = 0
        // Those that never were open count for nothing, but end the run.
        if left == 0 { run.fail(reason) }
        for _ in 0..<left { run.streamEnded(because: reason) }
    }
}

extension BenchConnection: HTTP2ClientOwner {
    func answered(_ stream: Int32, status: Int) {
        if status == 200 {
            open += 1
            run.streamOpened()
        } else if status >= 200 {
            refusals[stream] = (status, [])
        }
    }

    func received(_ body: UnsafeRawBufferPointer, of stream: Int32) {
        if let refusal = refusals[stream] {
            if refusal.body.count + body.count <= Problem.limit { refusals[stream]?.body += body }
            return
        }
        let index = Int(stream) / 2
        guard counters.indices.contains(index) else { return }
        counters[index].read(body.assumingMemoryBound(to: UInt8.self).span, at: now, into: &run.deliveries)
    }

    func ended(_ stream: Int32, because code: UInt32) {
        if let refusal = refusals[stream] {
            run.fail("a stream was not opened: \(Problem.message(status: refusal.status, body: refusal.body))")
            return
        }
        open = max(0, open - 1)
        checkAllowance()
        run.streamEnded(because: code == 0 ? "the hub ended a stream" : "the hub reset a stream, code \(code)")
    }
}
