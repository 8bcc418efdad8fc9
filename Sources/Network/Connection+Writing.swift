// Owns what goes out in answer to a request. A stream's bytes never come this way.

import CLibuv
import TLS
import TimerWheel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Connection {
    /// Sends what waits of the answer, as much as the socket takes.
    func flush() {
        if let http2 {
            http2.flush()
            return
        }
        switch stage {
        case .answering, .reading: break
        case .handling where incoming == nil:
            // What there is goes out with the answer.
            awaitsRoom = session?.hasUnsent == true
            return
        case .handling: break
        default: return
        }
        if outSent < out.count {
            let sent = out.withUnsafeBytes { transmit(UnsafeRawBufferPointer(rebasing: $0[outSent...])) }
            if sent < 0 {
                close()
                return
            }
            outSent += sent
            if outSent < out.count {
                awaitRoom(hasMoved: sent > 0)
                return
            }
            letGoOfAnswers()
            if hasBytesToSend {
                awaitRoom(hasMoved: true)
                return
            }
        } else if hasBytesToSend {
            awaitRoom(hasMoved: false)
            return
        }
        awaitsRoom = false
        guard stage == .answering else { return }
        if closesAfterAnswer {
            linger()
        } else if isTakingBody {
            // What is left of the body is read, and then it is the next request's turn.
            table.setDeadline(of: self, in: table.limits.stall)
        } else {
            nextRequest()
        }
    }

    /// Sends an answer in full, at once and without a copy if the socket takes it. Not to be called from within
    /// `received`: it gives back the reader that the request was read with.
    package func answerNow(_ bytes: borrowing [UInt8]) {
        guard stage == .handling else { return }
        stage = .answering
        work = nil
        var sent = 0
        if out.isEmpty {
            sent = bytes.withUnsafeBytes { transmit($0) }
            if sent < 0 {
                close()
                return
            }
        }
        if sent == bytes.count, leftover.isEmpty, !hasBytesToSend {
            nextRequest()
        } else {
            // Requests that came in a row take turns with others'.
            table.answersHeld += bytes.count - sent
            out += bytes[sent...]
            table.soil(self)
        }
    }

    /// What was held for the socket is sent, or is not wanted any more.
    func letGoOfAnswers() {
        table.answersHeld -= out.count
        out = []
        outSent = 0
    }

    /// Whether there are bytes of answers that the socket has not taken.
    var hasBytesToSend: Bool { outSent < out.count || session?.hasUnsent == true }

    /// Sends as many bytes as the socket takes; 0 if it is full, -1 if it is broken.
    func transmit(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let session { return session.write(bytes) }
        // The descriptor may be another's by then, who perhaps speaks TLS.
        if stage == .closed { return -1 }
        let sent = send(fd, bytes.baseAddress!, bytes.count, noSignal)
        if sent >= 0 { return sent }
        return Socket.isTransient(errno) ? 0 : -1
    }

    /// - Parameter hasMoved: whether the socket took something: who takes nothing is not given more time.
    private func awaitRoom(hasMoved: Bool) {
        let isNew = hasMoved || !awaitsRoom
        awaitsRoom = true
        if stage == .answering, isNew { table.setDeadline(of: self, in: table.limits.answer) }
    }
}

#if os(Linux)
    let noSignal = Int32(MSG_NOSIGNAL)
#else
    let noSignal: Int32 = 0
#endif
