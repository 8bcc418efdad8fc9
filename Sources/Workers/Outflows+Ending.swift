// Owns what happens because time passed, or because the server wants it: heartbeats, resets of those who take nothing,
// and farewells. A body must never end as if it were whole.

import Answers
import EventStream
import Hub
import TimerWheel

extension Outflows {
    /// Sends heartbeats that are due, and gives up those who take nothing. To be followed by `settle`.
    func tick(at now: Milliseconds, into output: inout some OutflowOutput) {
        var due: [Int32] = []
        wheel.advance(to: now, due: &due)
        for slot in due {
            if let outflow = outflow(at: slot) { check(outflow, at: now, into: &output) }
        }
    }

    private func check(_ outflow: Outflow, at now: Milliseconds, into output: inout some OutflowOutput) {
        let slot = outflow.handle.slot
        let idle = now - outflow.moved
        if outflow.isBehind {
            if idle >= rules.slowAge {
                giveUp(outflow, because: .slow, into: &output)
            } else {
                wheel.schedule(slot, at: outflow.moved + rules.slowAge)
            }
            return
        }
        if let patience = outflow.patience {
            if idle >= patience {
                giveUp(outflow, because: .gone, into: &output)
            } else {
                wheel.schedule(slot, at: outflow.moved + patience)
            }
            return
        }
        guard outflow.events != nil else { return }
        if idle >= rules.heartbeat {
            if outflow.own.isEmpty {
                EventEncoder.appendComment("", to: &outflow.own)
                soil(outflow)
            }
            wheel.schedule(slot, at: now + rules.heartbeat + spread())
        } else {
            // A little apart, so that streams that are idle together do not all beat at once.
            wheel.schedule(slot, at: outflow.moved + rules.heartbeat + spread())
        }
    }

    /// Ends an event stream: what the program sent, a comment with the reason and a `retry:`, then the clean end.
    ///
    /// - Parameters:
    ///   - reason: why.
    ///   - text: why, for people.
    ///   - stopID: the id that tells the hub to answer 204 when the client comes back, if it is not to.
    func endEvents(
        _ outflow: Outflow, because reason: StreamCloseReason, saying text: String, stopID: String? = nil
    ) {
        guard let events = outflow.events, outflow.end == nil, !outflow.isAtEnd else { return }
        let least = min(500, rules.drainRetry)
        let retry =
            reason == .drained
            ? Int.random(in: least...max(least, rules.drainRetry), using: &random) : jittered(events.retry)
        var farewell: [UInt8] = []
        EventEncoder.appendComment(text, to: &farewell)
        EventEncoder.appendBlock(id: stopID, type: nil, data: nil, retryMilliseconds: retry, to: &farewell)
        outflow.end(reason, farewell: farewell)
        soil(outflow)
    }

    /// Ends every event stream, for the server is about to stop. Bodies go on.
    func drain() {
        for outflow in all { endEvents(outflow, because: .drained, saying: StreamEnd.drained.rawValue) }
    }

    /// Resets all that are still there.
    func giveUpAll(into output: inout some OutflowOutput) {
        for outflow in all { giveUp(outflow, because: .drained, into: &output) }
    }
}
