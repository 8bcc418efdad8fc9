// Owns what stands before the first byte of a connection: the header of the PROXY protocol. Must never take a byte of what
// follows, which may be TLS's.

import Proxies

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Connection {
    /// Waits for the header, if the other side is one that may send it.
    func awaitAnnouncement() {
        stage = .announcing
        if let peer, table.announcers?.contains(peer.ip) == true { return }
        noteFailedAnnouncement("it is not from a trusted proxy")
        close(resetting: true)
    }

    /// The socket has bytes, or its end: looks at them, and takes those that are the header's.
    func readAnnouncement() {
        let buffer = table.readBuffer
        var parser = table.clients.takeParser(of: self)
        // What is left lies in the socket, and wakes the loop once more.
        let count = recv(fd, buffer.baseAddress, min(buffer.count, ProxyHeaderParser.mostBytes), Int32(MSG_PEEK))
        if count < 0, Socket.isTransient(errno) {
            table.clients.keep(parser, of: self)
            return
        }
        if count <= 0 {
            // Who only looks whether anybody listens says nothing at all.
            if !parser.isEmpty { noteFailedAnnouncement("it ended within its header") }
            close()
            return
        }
        var taken = 0
        let input = UnsafeRawBufferPointer(rebasing: buffer[..<count]).assumingMemoryBound(to: UInt8.self)
        let action = parser.next(input.span, from: &taken)
        guard recv(fd, buffer.baseAddress, taken, 0) == taken else {
            close()
            return
        }
        switch action {
        case .needsMore:
            table.clients.keep(parser, of: self)
        case .done(let client):
            table.clients.announce(self, as: client)
            stage = .reading
        case .failed(let reason):
            noteFailedAnnouncement(reason)
            close(resetting: true)
        }
    }

    func noteFailedAnnouncement(_ reason: String) { table.announcementFailed(on: self, because: reason) }
}
