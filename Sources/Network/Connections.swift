// Owns all connections of a worker, their deadlines, and the memory that they share. Must never be touched by another
// thread.

import CLibuv
import HTTP2
import HTTPMessage
package import Proxies
import TLS
package import TimerWheel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The connections of a worker. It belongs to its loop's thread.
package final class Connections {
    package let loop: EventLoop
    package let limits: ConnectionLimits
    /// The service owns the table, and lets go of it when its loop has ended.
    let service: any ConnectionService
    let readBuffer: UnsafeMutableRawBufferPointer
    /// Whether there may be requests whose bodies are read while they come.
    let isAnyBodyStreamed: Bool
    private let counter: ConnectionCounter
    private let balance: LoadBalance
    /// Its worker's index in the balance.
    private let worker: Int
    private var table: [Connection?] = []
    private var vacant: [Int32] = []
    private var dirty: [Connection] = []
    @exclusivity(unchecked) private var streams: [HTTP2Stream?] = []
    private var vacantStreams: [Int32] = []
    // Neither an array nor a wheel calls back: there is nothing to check at run time.
    @exclusivity(unchecked) private var readers: [RequestReader] = []
    @exclusivity(unchecked) private var wheel: TimerWheel
    private var acceptors: [Acceptor] = []
    /// Bytes of bodies that are held.
    var buffered = 0
    /// Bytes of answers that are held until they are taken.
    var answersHeld = 0
    private var discarded: [Int32: Int] = [:]
    /// Memory in which pieces of a record are put together; only a worker that speaks TLS has it.
    private(set) lazy var record = ReadBuffer(byteCount: Session.recordSize)
    /// What sessions of HTTP/2 send is put together there.
    let outputMemory = OutputMemory()
    /// How many steps of handshakes this round still has time for: each may take a millisecond, and thousands may come at
    /// once. What is not read wakes the loop again.
    var handshakeSteps = handshakeStepsPerRound
    private static let handshakeStepsPerRound = 8
    /// How many connections of HTTP/2 were ended for what the other side did.
    package private(set) var failedSessions = 0
    /// How many TLS sessions did not come about.
    package private(set) var failedHandshakes = 0
    /// Who says by the PROXY protocol whose connection each is, before anything else; nil if nobody does.
    let announcers: TrustedProxies?
    /// Whose connections and requests they are, where a proxy said it.
    var clients = Clients()
    /// How many connections ended because nobody said whose they are.
    package private(set) var failedAnnouncements = 0

    /// Makes an empty table.
    ///
    /// - Parameters:
    ///   - loop: the loop on whose thread this is called.
    ///   - service: what is done with requests.
    ///   - limits: for each connection.
    ///   - counter: counts the connections of all workers.
    ///   - balance: spreads them over the workers.
    ///   - worker: the index of the loop in the balance.
    ///   - announcers: who says by the PROXY protocol whose connection each is, before anything else; nil if nobody does.
    package init(
        loop: EventLoop, service: any ConnectionService, limits: ConnectionLimits, counter: ConnectionCounter,
        balance: LoadBalance, worker: Int, announcers: TrustedProxies? = nil
    ) {
        self.loop = loop
        self.service = service
        self.limits = limits
        self.counter = counter
        self.balance = balance
        self.worker = worker
        self.announcers = announcers
        isAnyBodyStreamed = limits.request.streamedBodyBytes > 0
        readBuffer = .allocate(byteCount: 64 << 10, alignment: 16)
        wheel = TimerWheel(resolution: 50, now: loop.now)
    }

    deinit { readBuffer.deallocate() }

    /// How many connections are open here.
    package var count: Int { table.count - vacant.count }

    /// Takes connections in from these listeners, and those that other workers hand over.
    package func accept(from listeners: [Listener]) {
        balance.join(self, as: worker)
        acceptors += listeners.map { Acceptor($0, table: self) }
    }

    /// Takes no more connections in; those that are open stay.
    package func stopAccepting() {
        balance.leave(worker)
        for acceptor in acceptors { acceptor.close() }
        acceptors = []
    }

    /// Sends the answers that came up in this round. Whether more came up meanwhile is in `isUnsettled`.
    package func settle() {
        handshakeSteps = Self.handshakeStepsPerRound
        var list: [Connection] = []
        swap(&list, &dirty)
        for connection in list {
            connection.isDirty = false
            connection.flush()
        }
    }

    /// Whether `settle` has something to do.
    package var isUnsettled: Bool { !dirty.isEmpty }

    /// Ends what was due by now.
    package func tick() {
        var due: [Int32] = []
        wheel.advance(to: loop.now, due: &due)
        for slot in due { table[Int(slot)]?.deadlinePassed() }
        for acceptor in acceptors { acceptor.resumeIfDue() }
    }

    /// When `tick` is next worth calling. Asked twice a round: it allocates nothing.
    package var nextTick: Milliseconds? {
        var next = wheel.nextVisit
        for acceptor in acceptors {
            guard let resumption = acceptor.pausedUntil else { continue }
            next = min(next ?? resumption, resumption)
        }
        return next
    }

    /// Closes every connection on which nothing happens: between two requests, or before the first.
    package func closeIdle() {
        for connection in table.compactMap(\.self) {
            if let http2 = connection.http2 {
                if http2.isIdle { http2.goAway() }
            } else if connection.stage == .announcing || connection.stage == .reading && connection.reader == nil {
                connection.close()
            }
        }
    }

    /// Tells connections that carry many requests that no further one is taken.
    package func goAway() {
        for connection in table.compactMap(\.self) { connection.http2?.goAway() }
    }

    /// Closes all.
    package func closeAll() {
        for connection in table.compactMap(\.self) { connection.close(tellingService: false) }
        // They know this table, which would keep itself by them.
        dirty = []
    }

    /// The connection that carries a stream.
    package func connection(of sink: UInt64) -> Connection? {
        let slot = Int(sink >> 32)
        guard table.indices.contains(slot), let connection = table[slot], connection.sink == sink else { return nil }
        return connection
    }

    /// The stream of HTTP/2 that a sink names.
    package func stream(of sink: UInt64) -> HTTP2Stream? {
        let slot = Int(sink >> 32)
        guard streams.indices.contains(slot), let stream = streams[slot], stream.sink == sink else { return nil }
        return stream
    }

    // MARK: - For connections

    func add(_ id: Int32, on connection: HTTP2Connection) -> HTTP2Stream {
        let slot = vacantStreams.popLast() ?? Int32(streams.count)
        let stream = HTTP2Stream(id, slot: slot, on: connection, at: loop.now)
        if Int(slot) == streams.count { streams.append(stream) } else { streams[Int(slot)] = stream }
        return stream
    }

    func remove(_ stream: HTTP2Stream) {
        clients.forget(sink: stream.sink)
        streams[Int(stream.slot)] = nil
        vacantStreams.append(stream.slot)
    }

    /// A connection was taken in here. It may be another worker's.
    func arrived(_ fd: Int32, showing credentials: Credentials?) {
        let arrival = Arrival(fd, showing: credentials, givenTo: worker, balance: balance, counter: counter)
        if arrival.worker == worker { admit(arrival) } else { balance.send(arrival) }
    }

    /// Makes an arrival one of the connections of this table.
    func admit(_ arrival: Arrival) {
        let fd = arrival.take()
        let slot = vacant.popLast() ?? Int32(table.count)
        if Int(slot) == table.count { table.append(nil) }
        do throws(NetworkError) {
            let session = try arrival.credentials.map { (credentials) throws(NetworkError) in
                guard let session = credentials.context.session(on: fd) else {
                    throw NetworkError("there is no memory for a TLS session")
                }
                return session
            }
            let connection = try Connection(
                fd: fd, slot: slot, table: self, isSurplus: arrival.isSurplus, session: session)
            table[Int(slot)] = connection
            setDeadline(of: connection, in: limits.head)
            if announcers != nil { connection.awaitAnnouncement() }
        } catch {
            Socket.reset(fd)
            vacant.append(slot)
            countDown()
        }
    }

    func remove(_ connection: Connection) {
        wheel.cancel(connection.slot)
        discarded[connection.slot] = nil
        clients.forget(connection)
        table[Int(connection.slot)] = nil
        vacant.append(connection.slot)
        countDown()
    }

    private func countDown() {
        counter.remove()
        balance.release(from: worker)
    }

    func sessionFailed(on connection: Connection, because error: HTTP2Error) {
        failedSessions += 1
        service.sessionFailed(on: connection, because: error)
    }

    func handshakeFailed(on connection: Connection, because reason: String) {
        failedHandshakes += 1
        service.handshakeFailed(on: connection, because: reason)
    }

    func announcementFailed(on connection: Connection, because reason: String) {
        failedAnnouncements += 1
        service.announcementFailed(on: connection, because: reason)
    }

    func soil(_ connection: Connection) {
        if connection.isDirty { return }
        connection.isDirty = true
        dirty.append(connection)
    }

    func setDeadline(of connection: Connection, in delay: Milliseconds) {
        wheel.schedule(connection.slot, at: loop.now + max(0, delay))
    }

    /// Puts a deadline off, which then comes up to a sixty-fourth of the delay earlier.
    func postpone(_ connection: Connection, by delay: Milliseconds) {
        wheel.postpone(connection.slot, to: loop.now + delay, slack: delay / 64)
    }

    func cancelDeadline(of connection: Connection) { wheel.cancel(connection.slot) }

    func takeReader() -> RequestReader { readers.popLast() ?? RequestReader(limits: limits.request) }

    func release(_ reader: inout RequestReader?) {
        guard let used = reader.take() else { return }
        buffered -= used.body.count
        used.body.removeAll(keepingCapacity: used.body.capacity <= 4096)
        used.isInBody = false
        used.parser.reset()
        if readers.count < 64 { readers.append(used) }
    }

    /// Counts what a connection still sends while it is being closed; of too much of it nothing more is read, and the
    /// deadline comes.
    func countDiscarded(_ count: Int, of connection: Connection) {
        let sum = discarded[connection.slot, default: 0] + count
        discarded[connection.slot] = sum
        if sum > 1 << 20 { connection.isReadPaused = true }
    }
}
