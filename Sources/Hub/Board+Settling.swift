// Owns who is written what, and what becomes of a socket that took only a part. Must never send a stream's bytes in
// another order, nor follow a pointer to them once the output has returned.

package import TimerWheel

extension Board {
    /// Hands every connection, in one write each, all that is due to it.
    ///
    /// - Parameters:
    ///   - output: takes the bytes.
    ///   - now: the time.
    package mutating func settle(into output: inout some StreamOutput, at now: Milliseconds) {
        endExpired(at: now)
        for channel in dirtyChannels { flush(channel: Int(channel), into: &output, at: now) }
        dirtyChannels.removeAll(keepingCapacity: dirtyChannels.capacity <= 4096)
        // Looking at a stream can make it dirty again, for the next turn.
        var list: [Int32] = []
        swap(&list, &dirtyStreams)
        for slot in list {
            let index = Int(slot)
            streams[index].isDirty = false
            if streams[index].phase == .vacant || !streams[index].isDetached || streams[index].isWaiting { continue }
            flush(stream: index, into: &output, at: now)
        }
        if dirtyStreams.isEmpty, list.capacity <= 4096 {
            list.removeAll(keepingCapacity: true)
            swap(&list, &dirtyStreams)
        }
        refreshIDs()
    }

    /// The socket of a stream has room again.
    package mutating func writable(_ handle: StreamHandle) {
        guard let index = index(of: handle), streams[index].isWaiting else { return }
        streams[index].isWaiting = false
        soil(index)
    }

    // MARK: - A channel's members, all at once

    private mutating func flush(channel index: Int, into output: inout some StreamOutput, at now: Milliseconds) {
        channels[index].isDirty = false
        let from = channels[index].flushed
        let end = channels[index].end
        channels[index].flushed = end
        if from < end { writeMembers(of: index, from: from, to: end, into: &output, at: now) }
        trim(channel: index)
    }

    private mutating func writeMembers(
        of channel: Int, from: Int, to end: Int, into output: inout some StreamOutput, at now: Milliseconds
    ) {
        // The list is taken out of the board, so that the members can be written while it is read.
        var pieces: [Piece] = unsafe []
        unsafe swap(&pieces, &self.pieces)
        unsafe pieces.removeAll(keepingCapacity: true)
        unsafe channels[channel].pieces.collect(from: from, to: end, into: &pieces)
        let total = end - from
        var lost: [(slot: Int32, reason: StreamEnd)] = []
        let members = channels[channel].members
        for slot in members {
            let index = Int(slot)
            if streams[index].isDetached {
                noteLag(of: index, from: from, lost: &lost)
                continue
            }
            let sink = streams[index].sink
            let taken = unsafe pieces.withUnsafeBufferPointer { unsafe output.write($0, total: total, to: sink) }
            if taken == total {
                streams[index].moved = now
            } else if taken < 0 {
                lost.append((slot, .gone))
            } else {
                lag(index, behind: from + taken, at: now)
            }
        }
        unsafe swap(&pieces, &self.pieces)
        for (slot, reason) in lost { giveUp(Int(slot), because: reason, into: &output) }
    }

    /// A member's socket took only a part.
    private mutating func lag(_ index: Int, behind offset: Int, at now: Milliseconds) {
        streams[index].isDetached = true
        streams[index].isWaiting = true
        streams[index].isBehind = true
        streams[index].excused = channels[Int(streams[index].channel)].end
        streams[index].cursor = offset
        streams[index].moved = now
        channels[Int(streams[index].channel)].detached += 1
        wheel.schedule(Int32(index), at: now + rules.slowAge)
    }

    /// Notes a member for which too much is held. What came up to the turn in which its socket was full does not
    /// count, however much it was: who reads gets a chance to.
    private func noteLag(of index: Int, from: Int, lost: inout [(slot: Int32, reason: StreamEnd)]) {
        let upTo = min(
            from, streams[index].detail.map { streams[index].phase == .ending ? $0.endOffset : from } ?? from)
        // A frame can be larger than what counts as its event's size: one event alone is never too much.
        let limit = max(rules.slowBytes, 2 * channels[Int(streams[index].channel)].largest)
        if streams[index].isWaiting, upTo - max(streams[index].cursor, streams[index].excused) > limit {
            lost.append((Int32(index), .slowBytes))
        }
    }

    private mutating func trim(channel index: Int) {
        guard channels[index].detached > 0 else {
            channels[index].trim(before: channels[index].end)
            return
        }
        var least = channels[index].flushed
        for slot in channels[index].members where streams[Int(slot)].isDetached {
            // Who has only its last bytes to get needs nothing of the channel.
            if streams[Int(slot)].cursor < limit(of: Int(slot)) { least = min(least, streams[Int(slot)].cursor) }
        }
        channels[index].trim(before: least)
        channels[index].separate()
    }

    /// Resets a stream.
    mutating func giveUp(_ index: Int, because reason: StreamEnd, into output: inout some StreamOutput) {
        output.reset(streams[index].sink, because: reason)
        release(index, because: reason)
    }

    // MARK: - One stream

    /// Writes a detached stream until its socket is full or nothing is due.
    private mutating func flush(stream index: Int, into output: inout some StreamOutput, at now: Milliseconds) {
        while true {
            let due = dueBytes(of: index)
            if due == 0 {
                if !proceed(index, into: &output) { return }
                continue
            }
            let taken = write(index, due, into: &output)
            if taken < 0 {
                giveUp(index, because: .gone, into: &output)
                return
            }
            // The age of what waits counts from when it began to wait, however often its socket calls.
            if taken > 0 || !streams[index].isBehind { streams[index].moved = now }
            consume(taken, of: index)
            let wasBehind = streams[index].isBehind
            streams[index].isBehind = taken < due
            if !wasBehind { streams[index].excused = channels[Int(streams[index].channel)].flushed }
            if taken < due {
                streams[index].isWaiting = true
                wheel.schedule(Int32(index), at: streams[index].moved + rules.slowAge)
                return
            }
            // While it waited, the limit of age had the place of the next heartbeat.
            if wasBehind { wheel.schedule(Int32(index), at: now + rules.heartbeat + spread()) }
        }
    }

    /// The offset up to which a member is to be written.
    private func limit(of index: Int) -> Int {
        if streams[index].phase == .ending, let detail = streams[index].detail { return detail.endOffset }
        return channels[Int(streams[index].channel)].flushed
    }

    private func dueBytes(of index: Int) -> Int {
        var due = streams[index].own.count - streams[index].ownSent
        if streams[index].member >= 0 { due += max(0, limit(of: index) - streams[index].cursor) }
        if streams[index].phase == .ending, let detail = streams[index].detail {
            due += detail.farewell.count - detail.farewellSent
        }
        return due
    }

    /// One write of all that is due: bytes of its own, then the channel's, then its last ones.
    private mutating func write(_ index: Int, _ due: Int, into output: inout some StreamOutput) -> Int {
        var pieces: [Piece] = unsafe []
        unsafe swap(&pieces, &self.pieces)
        unsafe pieces.removeAll(keepingCapacity: true)
        let own = streams[index].own
        let ownSent = streams[index].ownSent
        let farewell = streams[index].phase == .ending ? streams[index].detail?.farewell ?? [] : []
        let farewellSent = streams[index].detail?.farewellSent ?? 0
        let sink = streams[index].sink
        let taken = unsafe own.withUnsafeBytes { ownBytes in
            unsafe farewell.withUnsafeBytes { farewellBytes in
                if ownSent < ownBytes.count {
                    unsafe pieces.append(
                        Piece(start: ownBytes.baseAddress! + ownSent, count: ownBytes.count - ownSent))
                }
                if streams[index].member >= 0 {
                    unsafe channels[Int(streams[index].channel)].pieces.collect(
                        from: streams[index].cursor, to: limit(of: index), into: &pieces)
                }
                if farewellSent < farewellBytes.count {
                    unsafe pieces.append(
                        Piece(
                            start: farewellBytes.baseAddress! + farewellSent, count: farewellBytes.count - farewellSent)
                    )
                }
                return unsafe pieces.withUnsafeBufferPointer { unsafe output.write($0, total: due, to: sink) }
            }
        }
        unsafe swap(&pieces, &self.pieces)
        return taken
    }

    private mutating func consume(_ taken: Int, of index: Int) {
        var left = taken
        let own = min(left, streams[index].own.count - streams[index].ownSent)
        streams[index].ownSent += own
        left -= own
        if streams[index].ownSent == streams[index].own.count {
            streams[index].own = []
            streams[index].ownSent = 0
            streams[index].detail?.pages = []
        }
        if streams[index].member >= 0 {
            let shared = min(left, max(0, limit(of: index) - streams[index].cursor))
            streams[index].cursor += shared
            left -= shared
        }
        if left > 0 { streams[index].detail!.farewellSent += left }
    }

    /// A stream owes nothing for now. Tells whether it then owes something again.
    private mutating func proceed(_ index: Int, into output: inout some StreamOutput) -> Bool {
        switch streams[index].phase {
        case .vacant, .locating:
            return false
        case .ending:
            output.finish(streams[index].sink)
            release(index, because: .gone)
            return false
        case .live:
            let channel = Int(streams[index].channel)
            if channels[channel].flushed == channels[channel].end {
                attach(index)
                if channels[channel].detached == 0 { channels[channel].trim(before: channels[channel].end) }
            } else {
                soil(index)
            }
            return false
        case .replaying:
            return replay(index)
        }
    }
}
