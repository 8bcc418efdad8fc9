// Owns the limits of time on a connection of HTTP/2. None of them may begin anew because the other side does something
// else meanwhile: who sends a PING now and then would never reach one.

import HTTP2
import HTTPMessage
import TimerWheel

extension HTTP2Connection {
    /// Since when things are as they are.
    struct Times {
        /// When the socket last took something.
        var moved: Milliseconds
        /// When the head began that is not whole yet; nil if there is none.
        var headBegan: Milliseconds?
        /// When the last stream ended.
        var emptied: Milliseconds
        /// Whether it is set when the limits are looked at next, which nothing may put off.
        var isCheckSet = false
        /// When answers are next looked at that wait for their windows; nil while there are none.
        var answersCheck: Milliseconds?
        /// When the other side ended its sending; nil if it has not.
        var inputEnded: Milliseconds?

        init(_ now: Milliseconds) {
            moved = now
            emptied = now
        }
    }

    /// Sees to it that the limits are looked at.
    func setDeadline() {
        let limits = table.limits
        if session.outputCount == 0 { times.moved = now }
        if !session.isInHead { times.headBegan = nil }
        if hasFailed {
            // What is said about it has a moment to go out.
            if !times.isCheckSet { table.setDeadline(of: connection, in: limits.linger) }
            times.isCheckSet = true
            return
        }
        if session.outputCount > 0 || readingCount > 0 || times.headBegan != nil
            || session.hasPendingAnswers || session.hasUnendedRequests || hasHalfClosedWork
        {
            if times.isCheckSet { return }
            times.isCheckSet = true
            table.setDeadline(of: connection, in: limits.stall / 4)
            return
        }
        times.isCheckSet = false
        times.answersCheck = nil
        if streams.isEmpty {
            let limit = session.hasBegun ? limits.idle : limits.head
            table.postpone(connection, by: max(0, times.emptied + limit - now))
        } else {
            // Event streams have limits of their own.
            table.cancelDeadline(of: connection)
        }
    }

    func deadlinePassed() {
        let limits = table.limits
        times.isCheckSet = false
        if hasFailed {
            connection.close()
            return
        }
        let carriesStreams = streams.values.contains { $0.stage == .streaming }
        if session.outputCount > 0, now - times.moved >= (carriesStreams ? limits.stuckStreams : limits.answer) {
            connection.close(resetting: true)
            return
        }
        if session.isInHead, let began = times.headBegan, now - began >= limits.head { session.giveUpHead() }
        refuseSlowBodies()
        lookAtAnswers()
        giveUpHalfClosedWork()
        session.dropUnendedRequests(all: false)
        if streams.isEmpty, now - times.emptied >= (session.hasBegun ? limits.idle : limits.head) { goAway() }
        soil()
    }

    /// Whether a task works for a client that may have gone.
    private var hasHalfClosedWork: Bool { isInputOver && streams.values.contains { $0.work != nil } }

    /// A client that sends nothing more has waited for its answers for long enough.
    private func giveUpHalfClosedWork() {
        guard let ended = times.inputEnded, now - ended >= table.limits.halfClosed else { return }
        for stream in streams.values where stream.work != nil { reset(stream) }
    }

    private func refuseSlowBodies() {
        let limits = table.limits
        for stream in streams.values {
            if stream.incoming != nil { lookAtBody(of: stream) }
            guard stream.stage == .reading, let request = stream.request else { continue }
            let allowed = limits.body + request.body.count / limits.bodyBytesPerMillisecond
            if now - request.moved >= limits.stall || now - request.began >= allowed {
                refuse(.tooSlow(inBody: true), stream)
            }
        }
    }

    /// An answer that has not moved from one look to the next ends.
    private func lookAtAnswers() {
        guard session.hasPendingAnswers else {
            times.answersCheck = nil
            return
        }
        if let check = times.answersCheck, now < check { return }
        session.dropStalledAnswers()
        times.answersCheck = now + table.limits.answer
    }
}
