// Owns what goes out in answer to a request. A stream's bytes never come this way.

import CLibuv
import TimerWheel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Connection {
    /// Sends what waits of the answer, as much as the socket takes.
    func flush() {
        guard stage == .answering || stage == .reading, outSent < out.count else {
            watch(readable: !isReadPaused, writable: false)
            return
        }
        let sent = out.withUnsafeBytes { send(fd, $0.baseAddress! + outSent, $0.count - outSent, noSignal) }
        if sent < 0 {
            if Socket.isTransient(errno) { awaitRoom() } else { close() }
            return
        }
        outSent += sent
        if outSent < out.count {
            awaitRoom()
            return
        }
        out = []
        outSent = 0
        watch(readable: !isReadPaused, writable: false)
        guard stage == .answering else { return }
        if closesAfterAnswer { linger() } else { nextRequest() }
    }

    private func awaitRoom() {
        watch(readable: !isReadPaused, writable: true)
        if stage == .answering { table.setDeadline(of: self, in: table.limits.answer) }
    }
}

#if os(Linux)
    let noSignal = Int32(MSG_NOSIGNAL)
#else
    let noSignal: Int32 = 0
#endif
