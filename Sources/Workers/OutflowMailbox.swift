// Owns the names of responses that have something to send. Must never lose one.

import Synchronization

/// The name of a response that is being written: a place in its worker's table, and which of its tenants is meant.
struct OutflowHandle: Hashable, Sendable {
    let slot: Int32
    let generation: UInt32

    /// Tells these handles from the board's, whose places are never so high.
    static let mark: UInt64 = 1 << 31

    /// The handle as one number, for a connection to keep.
    var bits: UInt64 { UInt64(generation) << 32 | Self.mark | UInt64(UInt32(bitPattern: slot)) }

    /// The handle that `bits` gave.
    init(bits: UInt64) {
        slot = Int32(truncatingIfNeeded: bits & (Self.mark - 1))
        generation = UInt32(truncatingIfNeeded: bits >> 32)
    }

    init(slot: Int32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

/// Where programs' tasks, on any thread, leave word that they wrote something.
final class OutflowMailbox: Sendable {
    private let handles = Mutex<[OutflowHandle]>([])
    /// Spares who asks in each round the lock.
    private let hasWord = Atomic<Bool>(false)
    private let wake: @Sendable () -> Void

    /// - Parameter wake: called when there is something where there was nothing.
    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    func add(_ handle: OutflowHandle) {
        let isFirst = handles.withLock { handles in
            handles.append(handle)
            hasWord.store(true, ordering: .relaxed)
            return handles.count == 1
        }
        if isFirst { wake() }
    }

    /// Takes all that is there. Of what is added meanwhile it may see nothing: whoever adds wakes who takes.
    func take() -> [OutflowHandle] {
        guard hasWord.load(ordering: .relaxed) else { return [] }
        return handles.withLock { handles in
            let list = handles
            handles = []
            hasWord.store(false, ordering: .relaxed)
            return list
        }
    }
}
