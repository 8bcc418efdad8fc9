// Owns what TLS adds to the reading and writing of a connection. Must never let one connection keep the loop, nor say
// more of a failed handshake than that it failed.

import TLS

extension Connection {
    /// The socket has bytes, or its end: goes on with the handshake, or reads records, a few in a row.
    func readRecords(_ session: Session) {
        if !session.isEstablished, table.handshakeSteps == 0 { return }
        for _ in 0..<4 {
            let count = session.read(into: table.readBuffer)
            if session.hasShaken { table.handshakeSteps -= 1 }
            // It may be held up now, or not any more.
            watch()
            if count < 0 { return }
            if count == 0 {
                endReading(session)
                return
            }
            take(UnsafeRawBufferPointer(rebasing: table.readBuffer[..<count]))
            // After a record that is not full there is none, as a rule; and if there is, it wakes the loop.
            guard count == Session.recordSize, !isReadPaused,
                isTakingBody || stage == .reading || stage == .streaming || stage == .multiplexing
            else { return }
        }
    }

    /// The socket has room: for what TLS itself has to say, and for what the session has taken already.
    ///
    /// - Returns: whether there is room for more.
    func hasRoom(_ session: Session) -> Bool {
        if stage == .lingering {
            endSending()
            return false
        }
        if session.awaitsRoomToRead {
            read()
            // While a request is worked on nothing is read, and what is in the way goes out before the answer.
            if stage == .closed || session.awaitsRoomToRead && !isReadPaused { return false }
        }
        switch session.flush() {
        case nil: return true
        case 0:
            awaitsRoom = true
            return false
        default:
            close()
            return false
        }
    }

    /// Whether a protocol is what both sides agreed on, by how its name begins; or they agreed on nothing.
    func speaksAsAgreed(_ name: String) -> Bool { session?.protocolName?.hasPrefix(name) ?? true }

    /// Tells that no session came about within the time for it.
    func noteLateHandshake() {
        guard let session, !session.isEstablished else { return }
        table.handshakeFailed(on: self, because: "it was not done in time")
    }

    private func endReading(_ session: Session) {
        guard let reason = session.handshakeFailure else {
            endInput()
            return
        }
        table.handshakeFailed(on: self, because: reason)
        if session.wasSpokenToInClear {
            // Who asks in clear can read an answer in clear, and nothing else.
            self.session = nil
            watch()
            refuse(.inClear)
        } else {
            // An alert is on its way that says more.
            linger()
        }
    }
}
