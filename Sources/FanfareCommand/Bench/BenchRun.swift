// Owns one run from the first connection to the figures: opens all streams, then publishes, then waits for what was
// published. All on one loop's thread, which does nothing else.

internal import Descriptors
internal import Network

/// A run of a load on a hub.
final class BenchRun {
    let plan: BenchPlan
    /// Tells this run's events from those of others.
    let number: UInt32
    var deliveries = Deliveries()
    var requests: BenchRequests
    private let loop: EventLoop
    // One read takes what a busy hub joins into several writes.
    private let buffer = ReadBuffer(byteCount: 256 << 10)
    private var streams: [BenchStream] = []
    /// With HTTP/2 these carry the streams.
    private var connections: [BenchConnection] = []
    /// How many streams were begun.
    private var begunStreams = 0
    private var publishers: [BenchPublisher] = []
    private var phase = Phase.opening
    private var failure: CommandError?
    private var figures = BenchFigures()
    private var pace: PublishPace
    private var idle: [BenchPublisher] = []
    /// When the first connection was made, and the hub's memory then.
    private let begun: UInt64
    private let memory: Int?
    /// When publishing began.
    private var start: BenchMoment
    /// What `progress` was when it last changed, and when that was.
    private var lastProgress = (value: 0, time: 0)

    private enum Phase {
        case opening, publishing, done
    }

    /// Streams that are on their way at a time: fewer than the connections of any listener's queue.
    private static var mostOpening: Int { 128 }
    /// Milliseconds without anything happening, after which a run is given up.
    private static var patience: Int { 10_000 }

    /// Carries out a run on a thread of its own.
    ///
    /// - Throws: ``CommandError`` when it cannot be carried out; what is lost is no error, but stands in the figures.
    static func figures(of plan: BenchPlan) async throws(CommandError) -> BenchFigures {
        let outcome: Result<BenchFigures, CommandError>
        var thread: WorkerThread?
        outcome = await withCheckedContinuation { continuation in
            do throws(NetworkError) {
                thread = try WorkerThread {
                    continuation.resume(returning: Result { () throws(CommandError) in try onThisThread(plan) })
                }
            } catch {
                continuation.resume(returning: .failure(CommandError(.failed, error.description)))
            }
        }
        thread?.join()
        return try outcome.get()
    }

    private static func onThisThread(_ plan: BenchPlan) throws(CommandError) -> BenchFigures {
        let files = plan.connections + plan.options.publishers + 64
        let limit = DescriptorReserve.raiseLimit()
        guard files <= limit else {
            throw CommandError(
                .failed,
                "\(plan.connections) connections need \(files) open files, and this process may have \(limit): raise the limit (ulimit -n), or open fewer with --streams or --streams-per-connection"
            )
        }
        let loop: EventLoop
        do throws(NetworkError) {
            loop = try EventLoop()
        } catch {
            throw CommandError(.failed, error.description)
        }
        return try BenchRun(plan, on: loop).run()
    }

    private init(_ plan: BenchPlan, on loop: EventLoop) throws(CommandError) {
        self.plan = plan
        self.loop = loop
        number = .random(in: .min ... .max)
        requests = try BenchRequests(
            plan.target, token: plan.options.token, run: number, size: plan.options.size)
        pace = PublishPace(messages: plan.options.messages, rate: plan.options.rate)
        start = BenchMoment(of: nil)
        begun = start.time
        memory = plan.server?.memory
    }

    private func run() throws(CommandError) -> BenchFigures {
        lastProgress.time = Process.uptime
        loop.nudge()
        loop.run { [unowned self] in turn() }
        if let failure { throw failure }
        return figures
    }

    // MARK: - For streams and publishers

    func connect(
        from source: SocketAddress?, carryingStreams: Bool = false, delegate: any ClientConnectionDelegate
    ) throws(CommandError) -> ClientConnection {
        let isHTTP2 = carryingStreams && plan.options.http2
        do throws(NetworkError) {
            return try ClientConnection(
                to: plan.target.address, from: source, over: isHTTP2 ? plan.target.tlsForHTTP2 : plan.target.tls,
                on: loop,
                reading: buffer, delegate: delegate)
        } catch {
            throw CommandError(.failed, error.description)
        }
    }

    /// Whether not all streams are open yet.
    var isOpening: Bool { phase == .opening }

    func streamOpened() { figures.opened += 1 }

    func streamEnded(because reason: String) {
        figures.ended += 1
        if phase == .opening { fail("\(reason), before all were open (is --url a hub's, and does it take that many?)") }
    }

    func acknowledged(by publisher: BenchPublisher) {
        figures.acknowledged += 1
        idle.append(publisher)
    }

    /// Ends the run with an error; of several the first counts.
    func fail(_ message: String) { fail(CommandError(.failed, message)) }

    private func fail(_ error: CommandError) {
        if failure == nil { failure = error }
        finish()
    }

    // MARK: - The round

    private func turn() {
        do throws(CommandError) {
            switch phase {
            case .opening: try open()
            case .publishing: try publish()
            case .done: return
            }
        } catch {
            fail(error)
        }
        if phase != .done { watchProgress() }
    }

    private func open() throws(CommandError) {
        let wanted = plan.options.streams
        while begunStreams < wanted, begunStreams - figures.opened < Self.mostOpening {
            let number = plan.connection(ofStream: begunStreams)
            let source = try plan.target.source(ofConnection: number, of: plan.connections)
            if plan.options.http2 {
                let next = min(begunStreams + plan.options.streamsPerConnection, wanted)
                connections.append(try BenchConnection(self, streams: begunStreams..<next, from: source))
                begunStreams = next
            } else {
                streams.append(try BenchStream(self, topic: plan.topic(of: begunStreams), from: source))
                begunStreams += 1
            }
        }
        guard figures.opened == wanted else { return }
        figures.opening = Process.nanoseconds - begun
        if let memory, let after = plan.server?.memory { figures.serverMemory = after - memory }
        publishers = (0..<plan.options.publishers).map { _ in BenchPublisher(self) }
        idle = publishers
        phase = .publishing
        start = BenchMoment(of: plan.server)
        pace.begin(at: start.time)
        try publish()
    }

    private func publish() throws(CommandError) {
        while true {
            let now = Process.nanoseconds
            guard let message = pace.next(at: now, isPublisherFree: !idle.isEmpty) else { break }
            let request = try requests.publish(toTopic: plan.topic(of: message.number), sentAt: message.clock)
            try idle.removeLast().send(request)
        }
        let isDelivered = deliveries.received >= plan.expected || figures.ended == plan.options.streams
        if figures.acknowledged == plan.options.messages, isDelivered { finish() }
    }

    /// Gives up when nothing happens any more, and has the next round begin in time.
    private func watchProgress() {
        let progress = figures.opened + figures.acknowledged + deliveries.received
        let now = Process.uptime
        if progress != lastProgress.value { lastProgress = (progress, now) }
        let deadline = lastProgress.time + Self.patience
        if now < deadline {
            loop.setTimer(at: min(deadline, pace.nextDue ?? deadline))
            return
        }
        if phase == .opening {
            fail(
                "no stream was opened for \(Self.patience / 1000) s, after \(figures.opened) of \(plan.options.streams)"
            )
        } else if figures.acknowledged < pace.sent {
            fail("no publish was acknowledged for \(Self.patience / 1000) s, after \(figures.acknowledged)")
        } else {
            finish()
        }
    }

    private func finish() {
        guard phase != .done else { return }
        let end = BenchMoment(of: plan.server)
        phase = .done
        loop.stop()
        figures.published = pace.sent
        figures.expected = plan.expected
        figures.received = deliveries.received
        figures.repeated = deliveries.repeated
        figures.misplaced = deliveries.misplaced
        for (number, stream) in streams.enumerated() { countLost(onStream: number, with: stream.count) }
        for connection in connections {
            for number in connection.streams {
                countLost(onStream: number, with: connection.count(ofStream: number))
            }
        }
        figures.latencies = deliveries.latencies
        figures.rate = pace.reached
        figures.note(from: start, to: end)
    }

    private func countLost(onStream number: Int, with count: Int) {
        figures.lost += max(0, plan.messages(ofTopic: plan.topic(of: number)) - count)
    }
}
