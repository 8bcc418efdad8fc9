// Owns the taking in of connections. Must never spin when descriptors are out, nor take so many in at once that those
// who are in must wait.

import CLibuv
import Descriptors
import Synchronization
import TimerWheel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Takes connections in from one listener, for one worker.
final class Acceptor {
    private let listener: Listener
    private let poll: UnsafeMutablePointer<uv_poll_t>
    /// The table forgets an acceptor that it closes, and so they let go of each other.
    private let table: Connections
    /// When to try again, after descriptors ran out.
    private(set) var pausedUntil: Milliseconds?

    init(_ listener: Listener, table: Connections) {
        self.listener = listener
        self.table = table
        poll = .allocate(capacity: 1)
        uv_poll_init(table.loop.loop, poll, listener.fd)
        uv_handle(raw(poll)).pointee.data = Unmanaged.passUnretained(self).toOpaque()
        start()
    }

    /// Stops listening: the listener is this worker's alone.
    func close() {
        uv_poll_stop(poll)
        uv_close(uv_handle(raw(poll))) { handle in
            UnsafeMutableRawPointer(handle!).assumingMemoryBound(to: uv_poll_t.self).deallocate()
        }
        listener.close()
    }

    func resumeIfDue() {
        guard let due = pausedUntil, due <= table.loop.now else { return }
        pausedUntil = nil
        start()
    }

    private func start() {
        uv_poll_start(poll, Int32(UV_READABLE.rawValue)) { handle, _, _ in
            Unmanaged<Acceptor>.fromOpaque(uv_handle(raw(handle!)).pointee.data).takeUnretainedValue().ready()
        }
    }

    private func ready() {
        // A few at a time: those who are in already have a turn too.
        for _ in 0..<64 {
            let fd = DescriptorReserve.keep(from: Socket.accept(listener.fd))
            if fd >= 0 {
                table.arrived(fd, showing: listener.credentials)
                continue
            }
            switch errno {
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                // Those that come stay in the queue and would wake the loop for ever.
                let error = NetworkError(errno: "no connection can be taken in")
                uv_poll_stop(poll)
                pausedUntil = table.loop.now + 100
                table.service.acceptingPaused(because: error)
                return
            case ECONNABORTED, EINTR:
                continue
            default:
                return
            }
        }
    }
}

/// Counts the open connections of all workers.
package final class ConnectionCounter: Sendable {
    private let count = Atomic<Int>(0)
    private let most: Int

    /// Counts up to `most` connections as within the limit.
    package init(most: Int) { self.most = most }

    /// How many there are.
    package var value: Int { count.load(ordering: .relaxed) }

    /// Adds one and tells whether it is one too many.
    func add() -> Bool { count.add(1, ordering: .relaxed).newValue > most }

    func remove() { count.subtract(1, ordering: .relaxed) }
}
