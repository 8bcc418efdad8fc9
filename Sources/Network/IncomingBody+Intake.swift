// Owns the connection's side of a body that is read while it comes: what is let in, and what is given back for what was
// taken. All of it is on the loop's thread. Must never let one slow reader hold up the other requests of a connection.

import HTTPMessage
import TimerWheel

extension IncomingBody {
    /// From so many bytes on a connection of HTTP/1.1 is not read until some are taken. What one read brings comes on top of
    /// it.
    private static var most: Int { 128 << 10 }

    /// Whether no more is to be let in now. While all bodies together hold too much, each may hold what one read brings.
    var isFull: Bool {
        guard !isAbandoned, let table = source?.connection?.table else { return false }
        return held >= Self.most || held > 0 && table.buffered > table.limits.buffered
    }

    /// Whether what is still to come is little, so that reading it is less trouble than another connection.
    var isRestSmall: Bool {
        guard let length, !awaitsContinue else { return false }
        return length - came <= 256 << 10
    }

    /// Takes some bytes that have come.
    func take(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
        came += bytes.count
        if !isAbandoned { staged.append(contentsOf: UnsafeBufferPointer(rebasing: bytes)) }
    }

    /// Offers the reader what has been taken in.
    func deliver() {
        if staged.isEmpty { return }
        let (taken, held) = handOver()
        count(held)
        if taken > 0 { giveBack(taken) }
    }

    /// All of it has come.
    func end() {
        isOpen = false
        deliver()
        conclude(nil)
    }

    /// There will be no more of it.
    func fail(_ failure: Failure) {
        isOpen = false
        drop()
        conclude(failure)
    }

    /// Nobody wants it any more. What still comes is thrown away.
    func abandon() {
        if isAbandoned || source == nil { return }
        isAbandoned = true
        let rest = held + staged.count
        drop()
        conclude(.gone)
        giveBack(rest)
    }

    /// Lets go of the connection, which goes on without it.
    func part() {
        if source == nil { return }
        drop()
        conclude(.gone)
        source = nil
    }

    private func drop() {
        staged = []
        count(0)
        withhold(0)
    }

    /// Hears what the reader did since.
    func settle() {
        let (taken, held, isContinueWanted) = takeNews()
        guard let source else { return }
        count(held)
        if isContinueWanted, isOpen { source.sayContinue() }
        if taken > 0 { giveBack(taken) }
    }

    /// Lets as much in as was taken.
    private func giveBack(_ taken: Int) {
        switch source {
        case nil: break
        case .http1(let connection): connection.resumeBody()
        case .http2(let stream):
            if isOpen { stream.connection?.giveBack(taken, of: stream) }
            withhold(min(withheld, held))
        }
    }

    private func count(_ bytes: Int) {
        source?.connection?.table.buffered += bytes - held
        held = bytes
    }

    /// Has the window of the whole connection narrower by so many bytes.
    func withhold(_ bytes: Int) {
        let less = withheld - bytes
        withheld = bytes
        if less > 0, case .http2(let stream) = source { stream.connection?.giveBack(less) }
    }
}

extension Carrier {
    /// Tells a client that its body is wanted (RFC 9110, section 10.1.1), unless it is answered already.
    func sayContinue() {
        switch self {
        case .http1(let connection): connection.sayContinue()
        case .http2(let stream): stream.sayContinue()
        }
    }
}
