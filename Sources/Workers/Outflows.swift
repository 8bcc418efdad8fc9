// Owns the table of responses that programs write on one worker. A slot's generation rises with every tenant, so that a
// handle that is kept too long must never mean the next one.

import Answers
import EventStream
import HTTPMessage
import Hub
import TimerWheel

/// What carries the bytes of programs' responses: what the board's streams go by, and the end of a body.
protocol OutflowOutput: StreamOutput {
    /// Ends a response whose last byte was taken.
    ///
    /// - Parameter keepsConnection: whether another request may follow on its connection.
    mutating func finish(_ sink: Sink, keepsConnection: Bool)

    /// Tells of a response that did not become whole because of the program.
    func failed(_ sink: Sink, path: String, because error: any Error)
}

/// The responses that programs write on one worker, and what is due to each.
///
/// It is told what happens, and in `settle` it hands each connection what was written for it. It touches no socket and
/// no clock, and never waits. It belongs to its worker's thread.
@safe
final class Outflows {
    /// The rules for event streams, and for those who take nothing.
    let rules: StreamRules
    let mailbox: OutflowMailbox
    private var table: [Outflow?] = []
    private var generations: [UInt32] = []
    private var vacant: [Int32] = []
    var dirty: [OutflowHandle] = []
    var wheel: TimerWheel
    var random: SplitMix64
    /// Bytes that sockets did not take, of all together.
    var bytesBehind = 0
    // SAFETY: emptied before each use; what it points to is not looked at outside of one.
    var pieces: [Piece] = unsafe []

    /// Makes an empty table.
    ///
    /// - Parameters:
    ///   - rules: the rules for event streams, and for those who take nothing.
    ///   - seed: for the jitter.
    ///   - now: the time.
    ///   - wake: called on any thread when `settle` has something to do.
    init(rules: StreamRules, seed: UInt64, now: Milliseconds, wake: @escaping @Sendable () -> Void) {
        self.rules = rules
        mailbox = OutflowMailbox(wake: wake)
        random = SplitMix64(seed: seed)
        wheel = TimerWheel(resolution: max(1, min(50, rules.heartbeat / 16)), now: now)
    }

    /// How many there are.
    var count: Int { table.count - vacant.count }

    /// All that there are, in no order.
    var all: [Outflow] { table.compactMap(\.self) }

    /// Whether `settle` has something to do.
    var isUnsettled: Bool { !dirty.isEmpty }

    /// When `tick` is next worth calling; `nil` if there is nothing to wait for.
    var nextTick: Milliseconds? { wheel.nextVisit }

    /// Begins a response. What writes it is then to be set as its task.
    ///
    /// - Parameters:
    ///   - sink: where its bytes go.
    ///   - framing: how they stand there, and what goes out before them.
    ///   - length: how many bytes of content there will be, if that was told.
    ///   - events: what there is beyond a body for an event stream.
    ///   - path: the path that was asked for, for the log.
    ///   - notice: is called when it is over.
    ///   - now: the time.
    func open(
        to sink: Sink, framing: BodyStart, length: Int? = nil, events: Outflow.EventStreamPart? = nil, path: String,
        notice: CloseNotice? = nil, at now: Milliseconds
    ) -> Outflow {
        let slot = vacant.popLast() ?? Int32(table.count)
        if Int(slot) == table.count {
            table.append(nil)
            generations.append(0)
        }
        let handle = OutflowHandle(slot: slot, generation: generations[Int(slot)])
        let outflow = Outflow(
            handle, OutflowPipe(length: length, notingIn: mailbox, as: handle), to: sink, framing: framing,
            events: events, path: path, notice: notice, at: now)
        table[Int(slot)] = outflow
        if let events {
            EventEncoder.appendBlock(
                id: nil, type: nil, data: nil, retryMilliseconds: jittered(events.retry), to: &outflow.own)
            wheel.schedule(slot, at: now + rules.heartbeat)
        }
        soil(outflow)
        return outflow
    }

    /// What a handle means, if that is still there.
    func outflow(_ handle: OutflowHandle) -> Outflow? {
        let slot = Int(handle.slot)
        guard table.indices.contains(slot), generations[slot] == handle.generation else { return nil }
        return table[slot]
    }

    /// What has a slot of the wheel.
    func outflow(at slot: Int32) -> Outflow? { table[Int(slot)] }

    /// Has `settle` look at it.
    func soil(_ outflow: Outflow) {
        if outflow.isDirty { return }
        outflow.isDirty = true
        dirty.append(outflow.handle)
    }

    /// Its socket has room again. A handle that is no longer good does nothing.
    func writable(_ handle: OutflowHandle) {
        guard let outflow = outflow(handle), outflow.isWaiting else { return }
        outflow.isWaiting = false
        soil(outflow)
    }

    /// Its client sends nothing more, and may have gone: a body goes on, as long as something moves within `patience`; a stream
    /// of events does not.
    ///
    /// - Returns: whether it goes on.
    func goesOn(_ handle: OutflowHandle, for patience: Milliseconds, at now: Milliseconds) -> Bool {
        guard let outflow = outflow(handle), outflow.events == nil else { return false }
        outflow.patience = patience
        if !outflow.isBehind { wheel.schedule(handle.slot, at: now + patience) }
        return true
    }

    /// Its client went away. A handle that is no longer good does nothing.
    func isGone(_ handle: OutflowHandle) {
        guard let outflow = outflow(handle) else { return }
        remove(outflow, because: .gone)
    }

    /// Takes it out of the table, and tells those who want to know. If it was to end already, it ended for that.
    func remove(_ outflow: Outflow, because reason: StreamCloseReason) {
        outflow.end(reason)
        let reason = outflow.end?.reason ?? reason
        let slot = outflow.handle.slot
        if outflow.isBehind { bytesBehind -= outflow.due }
        wheel.cancel(slot)
        table[Int(slot)] = nil
        generations[Int(slot)] &+= 1
        vacant.append(slot)
        outflow.task = nil
        if let watch = outflow.watch { watch.close(reason) } else { outflow.notice?.tell(reason) }
    }

    /// A `retry:` that is half of it up to one and a half times it.
    func jittered(_ retry: Milliseconds) -> Milliseconds {
        Int.random(in: retry / 2...retry + retry / 2, using: &random)
    }
}
