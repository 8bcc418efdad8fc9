// Owns what happens because time passed: heartbeats, resets of readers that are stuck, ids told to quiet streams. Must
// never read a clock: the owner says what time it is.

package import TimerWheel

extension Board {
    /// Ends streams that expire, sends heartbeats that are due, gives up streams that are stuck, and has the log asked again
    /// what it could not answer. To be followed by `settle`.
    ///
    /// - Parameters:
    ///   - now: the time.
    ///   - output: what carries the bytes.
    package mutating func tick(at now: Milliseconds, into output: inout some StreamOutput) {
        endExpired(at: now)
        askAgain(at: now)
        due.removeAll(keepingCapacity: due.capacity <= 4096)
        wheel.advance(to: now, due: &due)
        var list: [Int32] = []
        swap(&list, &due)
        for slot in list where streams[Int(slot)].phase != .vacant { check(Int(slot), at: now, into: &output) }
        swap(&list, &due)
    }

    private mutating func check(_ index: Int, at now: Milliseconds, into output: inout some StreamOutput) {
        let idle = now - streams[index].moved
        if streams[index].isWaiting {
            if idle >= rules.slowAge {
                giveUp(index, because: .slowAge, into: &output)
            } else {
                wheel.schedule(Int32(index), at: streams[index].moved + rules.slowAge)
            }
            return
        }
        if idle < rules.heartbeat {
            // A little apart, so that streams that are idle together do not all beat at once.
            wheel.schedule(Int32(index), at: streams[index].moved + rules.heartbeat + spread())
            return
        }
        switch streams[index].phase {
        case .live: if !streams[index].isDetached { say(Self.heartbeat, to: index) }
        case .locating, .replaying:
            // It waits for the log: for what is rare, or because the file cannot be read.
            if streams[index].own.isEmpty {
                streams[index].own = Self.heartbeat.bytes(framing(of: index))
                soil(index)
            }
        case .vacant, .ending: break
        }
        wheel.schedule(Int32(index), at: now + rules.heartbeat + spread())
    }

    private static let heartbeat = FramedBlock(Blocks.heartbeat)

    mutating func spread() -> Milliseconds { Int.random(in: 0...rules.heartbeat / 8, using: &random) }

    /// Looks over the streams for ids that would soon expire because newer events push theirs out: those that have
    /// missed half of what the log keeps.
    mutating func refreshIDs() {
        guard let window = rules.refreshWindow, tail - refreshedAt >= max(1, window / 4) else { return }
        refreshedAt = tail
        refresh(idsThrough: tail - max(1, window / 2))
    }

    /// Tells the present id to every quiet stream whose last one is not after `position`: half of the time that the
    /// log keeps its event is over.
    package mutating func refresh(idsThrough position: Position) {
        guard position < tail else { return }
        var block: [UInt8] = []
        Blocks.appendOpening(id: EventID.text(epoch: epoch, tail), gap: nil, retry: nil, to: &block)
        let framed = FramedBlock(block)
        for index in streams.indices where streams[index].phase == .live && !streams[index].isDetached {
            let channel = Int(streams[index].channel)
            // Who is about to get an event is not told of anything beyond it before.
            if channels[channel].isDirty || max(streams[index].told, channels[channel].lastPosition) > position {
                continue
            }
            say(framed, to: index)
            streams[index].told = tail
        }
    }

    /// Sends a member bytes of its own.
    private mutating func say(_ block: FramedBlock, to index: Int) {
        detach(index)
        streams[index].own = block.bytes(framing(of: index))
        soil(index)
    }
}

/// A block that many streams get, framed once in each way for all of them.
private struct FramedBlock: Sendable {
    private let chunked: [UInt8]
    private let plain: [UInt8]

    init(_ block: [UInt8]) {
        chunked = Chunk.framed(block, .chunked)
        plain = Chunk.framed(block, .plain)
    }

    func bytes(_ framing: Framing) -> [UInt8] { framing == .chunked ? chunked : plain }
}
