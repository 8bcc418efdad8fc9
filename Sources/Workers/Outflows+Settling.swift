// Owns who is written what, and what becomes of a socket that took only a part. Must never send a response's bytes in
// another order, nor let one that writes much hold up the rest of the round.

import Answers
import HTTPMessage
import Hub
import TimerWheel

extension Outflows {
    /// Hands each connection what was written for it: as much as one pipe holds, in one turn.
    ///
    /// - Parameters:
    ///   - output: takes the bytes.
    ///   - now: the time.
    func settle(into output: inout some OutflowOutput, at now: Milliseconds) {
        for handle in mailbox.take() {
            if let outflow = outflow(handle) { soil(outflow) }
        }
        if dirty.isEmpty { return }
        // Looking at one can make it dirty again, for the next turn.
        var list: [OutflowHandle] = []
        swap(&list, &dirty)
        for handle in list {
            guard let outflow = outflow(handle) else { continue }
            outflow.isDirty = false
            if !outflow.isWaiting { flush(outflow, into: &output, at: now) }
        }
    }

    private func flush(_ outflow: Outflow, into output: inout some OutflowOutput, at now: Milliseconds) {
        if outflow.due == 0, !prepare(outflow, into: &output) { return }
        let due = outflow.due
        let taken = due == 0 ? 0 : write(outflow, due, into: &output)
        if taken < 0 {
            giveUp(outflow, because: .gone, into: &output)
            return
        }
        // The age of what waits counts from when it began to wait, however often its socket calls.
        if taken > 0 || !outflow.isBehind { outflow.moved = now }
        if outflow.isBehind { bytesBehind -= due }
        outflow.consume(taken)
        let wasBehind = outflow.isBehind
        outflow.isBehind = taken < due
        if outflow.isBehind {
            bytesBehind += outflow.due
            outflow.isWaiting = true
            _ = outflow.pipe.left(outflow.contentDue)
            wheel.schedule(outflow.handle.slot, at: outflow.moved + rules.slowAge)
        } else if outflow.isAtEnd {
            output.finish(outflow.sink, keepsConnection: outflow.framing.keepsConnection && outflow.end == nil)
            remove(outflow, because: .ended)
        } else {
            if wasBehind {
                // While it waited, the limit of age had the place of the next heartbeat.
                wheel.cancel(outflow.handle.slot)
                if outflow.events != nil { wheel.schedule(outflow.handle.slot, at: now + rules.heartbeat + spread()) }
                if let patience = outflow.patience { wheel.schedule(outflow.handle.slot, at: now + patience) }
            }
            // More of it has to wait until the others had their turn.
            if outflow.pipe.left(0) || outflow.end != nil { soil(outflow) }
        }
    }

    /// Puts together what goes out next. Tells whether it is still there.
    private func prepare(_ outflow: Outflow, into output: inout some OutflowOutput) -> Bool {
        var (bytes, outcome) = outflow.pipe.take()
        var farewell = outflow.end?.farewell
        if outflow.end == nil {
            switch outcome {
            case nil: break
            case .finished:
                farewell = []
            case .failed(let error):
                output.failed(outflow.sink, path: outflow.path, because: error)
                // Half of a body must never look whole; of a stream of events what was sent is.
                guard outflow.events != nil else {
                    giveUp(outflow, because: .failed, into: &output)
                    return false
                }
                endEvents(outflow, because: .failed, saying: "the server failed")
                farewell = outflow.end?.farewell
            }
        }
        if let farewell { bytes += farewell }
        outflow.compose(bytes, isLast: farewell != nil)
        return true
    }

    /// One write of all that is due.
    private func write(_ outflow: Outflow, _ due: Int, into output: inout some OutflowOutput) -> Int {
        let (head, content, tail) = outflow.parts
        var skipped = outflow.sent
        unsafe pieces.removeAll(keepingCapacity: true)
        return unsafe head.withUnsafeBytes { head in
            unsafe content.withUnsafeBytes { content in
                unsafe tail.withUnsafeBytes { tail in
                    unsafe add(head, skipping: &skipped)
                    unsafe add(content, skipping: &skipped)
                    unsafe add(tail, skipping: &skipped)
                    return unsafe pieces.withUnsafeBufferPointer {
                        unsafe output.write($0, total: due, to: outflow.sink)
                    }
                }
            }
        }
    }

    /// Adds bytes to the pieces, less those of all that were sent before.
    private func add(_ bytes: UnsafeRawBufferPointer, skipping skipped: inout Int) {
        let passed = min(skipped, bytes.count)
        skipped -= passed
        guard passed < bytes.count, let start = bytes.baseAddress else { return }
        unsafe pieces.append(Piece(start: start + passed, count: bytes.count - passed))
    }

    /// Resets a response.
    func giveUp(_ outflow: Outflow, because reason: StreamCloseReason, into output: inout some OutflowOutput) {
        output.reset(outflow.sink, because: reason == .slow ? .slowAge : .gone)
        remove(outflow, because: reason)
    }

    func spread() -> Milliseconds { Int.random(in: 0...rules.heartbeat / 8, using: &random) }
}
