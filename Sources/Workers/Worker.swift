// Owns the order of things in a round: commit, answer, fan out. Must never wait.

import Admission
import HTTPMessage
import Hub
import JSONText
package import Network
import Proxies
import Settings
package import TimerWheel

/// One event loop with its listeners, its connections and its board of streams. Workers share nothing but the core.
package final class Worker: @unchecked Sendable {
    // SAFETY: all state is touched on the loop's thread, and before that thread starts. Other threads know the worker
    // only to reach its loop and its mailbox, which are made for that.
    package let core: HubCore
    /// Its place among the workers.
    let number: Int
    package let loop: EventLoop
    let batches: BatchMailbox
    let router: Router
    var board: Board
    /// The responses that programs write.
    let outflows: Outflows
    /// Made as the loop starts.
    private(set) var connections: Connections!
    /// What came in this round to be published, and who waits for it.
    var publishing = PublishRound()
    /// Finds out who asks.
    var doorkeeper: Doorkeeper
    /// Whose tokens are yet to be verified.
    var admissions = Admissions()
    /// Whose inboxes are about to be opened here.
    var inboxDoors = InboxDoors()
    /// Memory for one answer after the other.
    private var scratch: [UInt8] = []
    private var dateSecond = -1
    private var cachedDate: [UInt8] = []
    private var cachedHead: PreparedHead?
    private var expiryDue: Milliseconds = 0
    /// By how much the time of day was ahead of the loop's when that was last looked at.
    private var timeOfDay: Milliseconds?
    private var drainDeadline: Milliseconds?
    /// Whether that has come, and all connections were closed.
    private var isCut = false
    /// How many tasks run on the loop, which does not end before them.
    private var tasks = 0
    private var connectionsPeak = HighWater(least: 500)
    private var eventsPeak = HighWater(least: 5000)
    private var refusalReport = RefusalReport()
    /// Answers that take more than a moment.
    var backlog = Backlog()
    /// What anyone can bring about must not become a flood of lines.
    var acceptingPace = LinePace(every: 60_000)
    var handshakePace = LinePace(every: 1000)
    var abusePace = LinePace(every: 1000)
    var breachPace = LinePace(every: 1000)
    var announcementPace = LinePace(every: 1000)

    /// Makes a worker and has the log feed it.
    package init(core: HubCore, router: Router, number: Int) throws(NetworkError) {
        self.number = number
        self.core = core
        self.router = router
        doorkeeper = Doorkeeper(core.gate)
        loop = try EventLoop()
        batches = BatchMailbox(loop: loop)
        let tail = core.log.follow { [batches] batch in batches.add(batch) }
        board = Board(
            rules: core.rules, epoch: core.log.epoch, tail: tail, seed: .random(in: .min ... .max), now: loop.now)
        outflows = Outflows(rules: core.rules, seed: .random(in: .min ... .max), now: loop.now) { [loop] in
            loop.nudge()
        }
    }

    /// Serves until the loop is stopped. To be called on the thread that is to be the worker's.
    package func run(_ listeners: [Listener], balance: LoadBalance) {
        var limits = core.connectionLimits
        limits.request.streamedBodyBytes = router.mostStreamedBytes
        connections = Connections(
            loop: loop, service: self, limits: limits, counter: core.counter,
            balance: balance, worker: number, announcers: core.trust.announcers)
        connections.accept(from: listeners)
        // A worker to whom nobody comes looks after the log and the memory all the same.
        loop.setTimer(at: loop.now)
        loop.run { [unowned self] in turn() }
        connections.stopAccepting()
        batches.close()
        // Whoever waits for word of a stream gets it.
        giveUpAll()
        connections.closeAll()
        if number == 0 { tellRefusals(at: loop.now, isLast: true) }
        // What is left of these knows the worker, which would keep itself by them.
        connections = nil
        publishing = PublishRound()
        admissions = Admissions()
    }

    /// The value of the Date field, made once a second.
    var date: [UInt8] {
        let time = Process.time
        if time / 1000 != dateSecond {
            dateSecond = time / 1000
            cachedDate = Array(HTTPDate.text(dateSecond).utf8)
            cachedHead = nil
        }
        return cachedDate
    }

    /// Lends memory to write an answer into; there is nothing in it.
    func withScratch(_ body: (inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        swap(&bytes, &scratch)
        bytes.removeAll(keepingCapacity: true)
        body(&bytes)
        swap(&bytes, &scratch)
    }

    /// The head of the answer to a publish, made once a second.
    func publishedHead() -> PreparedHead {
        let date = date
        if let cachedHead { return cachedHead }
        let head = PreparedHead(Self.createdHead, date: date)
        cachedHead = head
        return head
    }

    // MARK: - The round

    /// What is done at the end of each round: commit, answer, fan out. Each step hands on to the next.
    private func turn() {
        admitWaiting()
        // Publishers are answered when the log has their events, before anyone gets them.
        commit()
        connections.settle()
        ingest()
        ask()
        var output = BoardOutput(connections: connections, logger: core.logger)
        board.settle(into: &output, at: loop.now)
        outflows.settle(into: &output, at: loop.now)
        connections.settle()
        let now = loop.now
        if let due = board.nextTick, due <= now { board.tick(at: now, into: &output) }
        if let due = outflows.nextTick, due <= now { outflows.tick(at: now, into: &output) }
        if let due = connections.nextTick, due <= now { connections.tick() }
        if expiryDue <= now { lookAfterLog(at: now) }
        if let deadline = drainDeadline { drain(until: deadline, at: now) }
        if board.hasClosed { tellClosedStreams() }
        loop.spin(
            board.isUnsettled || outflows.isUnsettled || board.hasQuestions || connections.isUnsettled
                || !publishing.isEmpty
                || !admissions.isEmpty)
        var wake = expiryDue
        if let due = board.nextTick { wake = min(wake, due) }
        if let due = outflows.nextTick { wake = min(wake, due) }
        if let due = connections.nextTick { wake = min(wake, due) }
        if let drainDeadline, !isCut { wake = min(wake, drainDeadline) }
        loop.setTimer(at: wake)
    }

    /// Takes over what the log has committed.
    func ingest() {
        for batch in batches.take() {
            core.lookout.ingest(batch)
            if let topics = batch.inbox { inboxDoors.note(topics) }
            board.ingest(batch)
        }
    }

    /// Puts the board's questions to the log. An answer that is there at once is taken in the same round.
    private func ask() {
        for question in board.takeQuestions(atMost: 64) {
            switch question {
            case .locate(let handle, let request):
                let handoff = Handoff<Result<Location, HubError>>()
                core.log.locate(request) { handoff.fulfil($0) }
                handoff.take(on: loop) { [self] in
                    if case .success(let location) = $0 { board.answer(handle, location) } else { postpone(question) }
                }
            case .ends(let subscription):
                let handoff = Handoff<Result<[Position?], HubError>>()
                core.log.ends(of: subscription.endTopics ?? []) { handoff.fulfil($0) }
                handoff.take(on: loop) { [self] in
                    if case .success(let ends) = $0 {
                        board.answer(subscription, ends: ends)
                    } else {
                        postpone(question)
                    }
                }
            case .read(let handle, let request):
                let handoff = Handoff<Result<ReadPage, HubError>>()
                core.log.read(request) { handoff.fulfil($0) }
                handoff.take(on: loop) { [self] in
                    if case .success(let page) = $0 { board.answer(handle, page) } else { postpone(question) }
                }
            }
        }
    }

    /// The cause is told by `/readyz`.
    private func postpone(_ question: LogQuestion) { board.postpone(question, at: loop.now) }

    /// Once a second: what is too old goes, and who is quiet hears where the log stands.
    private func lookAfterLog(at now: Milliseconds) {
        let clock = Clock(now: now, time: Process.time)
        expiryDue = core.log.expire(at: clock) ? now + 10 : now + 1000
        board.refresh(idsThrough: core.log.aging(at: clock))
        if let before = timeOfDay, clock.time - now > before + 1000 { timeOfDayWentForward() }
        timeOfDay = clock.time - now
        // One worker looks after what all share.
        guard number == 0 else { return }
        tellRefusals(at: now)
        let areConnectionsGone = connectionsPeak.hasFallen(to: core.counter.value)
        let areEventsGone = eventsPeak.hasFallen(to: core.log.kept.count)
        if areConnectionsGone || areEventsGone { Process.returnFreeMemory() }
    }

    private func tellRefusals(at now: Milliseconds, isLast: Bool = false) {
        let refused = refusalReport.due(core.refusals, at: now, isLast: isLast)
        if !refused.isEmpty { core.logger.write(.info, "requests were refused", fields: refused) }
    }

    // MARK: - Tasks

    /// Does some work in a task on the loop.
    @discardableResult
    package func beginTask(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        tasks += 1
        return Task(executorPreference: loop) {
            await work()
            // The letter is read when the task is no more.
            self.loop.submit { self.tasks -= 1 }
        }
    }

    // MARK: - The end

    /// Ends all streams, and the loop once they are gone or `deadline` has come, and all tasks are over. It is called once.
    package func drain(by deadline: Milliseconds) {
        drainDeadline = deadline
        connections.stopAccepting()
        connections.goAway()
        // What was taken before is its streams' due.
        commit()
        ingest()
        board.endAll(because: .drained)
        outflows.drain()
        loop.nudge()
    }

    private func drain(until deadline: Milliseconds, at now: Milliseconds) {
        connections.closeIdle()
        if now >= deadline, !isCut || connections.count > 0 {
            isCut = true
            giveUpAll()
            // The tasks that work for them are cancelled by that.
            connections.closeAll()
        }
        if connections.count == 0, tasks == 0 { loop.stop() }
    }

    /// Resets all streams and bodies that are still there.
    private func giveUpAll() {
        var output = BoardOutput(connections: connections, logger: core.logger)
        board.giveUpAll(into: &output)
        outflows.giveUpAll(into: &output)
        // Streams that share a connection are told by it.
        connections.settle()
        tellClosedStreams()
    }
}

/// Carries the board's bytes to the sockets.
struct BoardOutput: StreamOutput {
    let connections: Connections
    let sockets: SocketOutput
    let logger: Logger

    init(connections: Connections, logger: Logger) {
        self.connections = connections
        self.logger = logger
        sockets = SocketOutput(connections)
    }

    func write(_ pieces: UnsafeBufferPointer<Piece>, total: Int, to sink: Sink) -> Int {
        // SAFETY: a piece is laid out as `struct iovec`, and both the list and the bytes are there until this returns.
        guard let first = pieces.baseAddress else { return 0 }
        assert(unsafe MemoryLayout<Piece>.stride == SocketOutput.vectorSize)
        return unsafe sockets.write(UnsafeRawPointer(first), count: pieces.count, total: total, to: sink)
    }

    func finish(_ sink: Sink) { sockets.finish(sink) }

    func reset(_ sink: Sink, because reason: StreamEnd) {
        if reason == .slowBytes || reason == .slowAge {
            let address = connections.client(of: sink)?.description ?? ""
            logger.write(.info, "a stream was reset", ["reason": reason.rawValue, "address": address])
        }
        sockets.reset(sink)
    }
}
