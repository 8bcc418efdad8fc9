// Owns the tables of streams and channels, and who is in which. A slot's generation rises with every tenant, so that a
// handle that is kept too long must never mean the next one.

package import TimerWheel

extension Board {
    /// Opens a stream. All of the log that is committed should have been ingested before, so that "now" is now.
    ///
    /// - Parameters:
    ///   - subscription: what it wants.
    ///   - start: from where.
    ///   - user: whose it is.
    ///   - sink: where its bytes go.
    ///   - head: bytes that go out before the first block: the head of the response.
    ///   - hasEnds: whether any topic of the log has ended, as far as events were ingested.
    ///   - expiry: from when on it may be sent nothing, on the clock that never steps back; `nil` if there is no such time.
    ///   - timeout: when it ends, on that clock, though it might go on; `nil` if there is no such time.
    ///   - lease: is let go of with the stream.
    ///   - isWatched: whether `takeClosed` tells of it when it is over; then it has a lease.
    ///   - clock: the time.
    package mutating func open(
        _ subscription: Subscription, from start: Start, user: String?, sink: Sink, head: [UInt8],
        hasEnds: Bool = false, expiry: Milliseconds? = nil, timeout: Milliseconds? = nil, lease: AnyObject? = nil,
        isWatched: Bool = false, at clock: Clock
    ) -> StreamHandle {
        let slot = vacantStreams.popLast() ?? Int32(streams.count)
        if Int(slot) == streams.count { streams.append(StreamState()) }
        let index = Int(slot)
        let channel = channel(for: subscription, hasEnds: hasEnds)
        channels[Int(channel)].streams += 1
        serial += 1
        let generation = streams[index].generation
        let isDirty = streams[index].isDirty
        streams[index] = StreamState()
        streams[index].generation = generation
        // Its place on that list may be its last tenant's, and serves as well.
        streams[index].isDirty = isDirty
        streams[index].channel = channel
        streams[index].sink = sink
        streams[index].serial = serial
        streams[index].openedAt = clock.time
        streams[index].moved = clock.now
        streams[index].user = user
        streams[index].lease = lease
        streams[index].isWatched = isWatched
        streams[index].own = head
        streams[index].isDetached = true
        let handle = StreamHandle(slot: slot, generation: generation)
        if start == .now {
            streams[index].told = tail
            streams[index].own += opening(id: EventID.text(epoch: epoch, tail), gap: nil, subscription.framing)
            follow(index)
            if channels[Int(channel)].hasEnded { endWithTopics(index) }
        } else {
            let detail = StreamDetail(rules)
            detail.start = start
            detail.isReading = true
            streams[index].detail = detail
            streams[index].phase = .locating
            questions.append(
                .locate(
                    handle,
                    LocateRequest(
                        filter: channels[Int(channel)].subscription.filter, start: start, through: tail, clock: clock)))
        }
        if let expiry { expire(handle, at: expiry, because: .expired) }
        if let timeout { expire(handle, at: timeout, because: .timedOut) }
        soil(index)
        wheel.schedule(slot, at: clock.now + rules.heartbeat)
        return handle
    }

    /// Forgets a stream whose connection is gone. A handle that is no longer good does nothing.
    package mutating func close(_ handle: StreamHandle) {
        guard let index = index(of: handle) else { return }
        release(index, because: .gone)
    }

    /// The index of a stream that is still open.
    func index(of handle: StreamHandle) -> Int? {
        let index = Int(handle.slot)
        guard streams.indices.contains(index), streams[index].generation == handle.generation,
            streams[index].phase != .vacant
        else { return nil }
        return index
    }

    /// Puts a stream on the list of those that `settle` looks at.
    mutating func soil(_ index: Int) {
        if streams[index].isDirty { return }
        streams[index].isDirty = true
        dirtyStreams.append(Int32(index))
    }

    /// Makes a stream a member of its channel, from what comes next on.
    mutating func follow(_ index: Int) {
        let channel = Int(streams[index].channel)
        streams[index].phase = .live
        streams[index].cursor = channels[channel].end
        streams[index].member = Int32(channels[channel].members.count)
        streams[index].isDetached = true
        channels[channel].members.append(Int32(index))
        channels[channel].detached += 1
    }

    /// Lets a member that has all that there is be written with its channel again.
    mutating func attach(_ index: Int) {
        streams[index].isDetached = false
        streams[index].own = []
        streams[index].ownSent = 0
        streams[index].detail = nil
        channels[Int(streams[index].channel)].detached -= 1
    }

    /// Has a member written on its own from now on.
    mutating func detach(_ index: Int) {
        let channel = Int(streams[index].channel)
        streams[index].isDetached = true
        streams[index].cursor = channels[channel].flushed
        channels[channel].detached += 1
    }

    /// Takes a stream out of all tables. If it was to end already, it ended for that.
    mutating func release(_ index: Int, because reason: StreamEnd) {
        if streams[index].isWatched, let lease = streams[index].lease {
            let isEnding = streams[index].phase == .ending
            closed.append((lease, isEnding ? streams[index].detail?.end.reason ?? reason : reason))
        }
        let channel = streams[index].channel
        let member = Int(streams[index].member)
        if member >= 0 {
            let last = channels[Int(channel)].members.removeLast()
            if Int(last) != index {
                channels[Int(channel)].members[member] = last
                streams[Int(last)].member = Int32(member)
            }
            if streams[index].isDetached { channels[Int(channel)].detached -= 1 }
        }
        channels[Int(channel)].streams -= 1
        if channels[Int(channel)].streams == 0 {
            remove(channel)
        } else if channels[Int(channel)].detached == 0, !channels[Int(channel)].isDirty {
            channels[Int(channel)].trim(before: channels[Int(channel)].end)
        }
        wheel.cancel(Int32(index))
        let terms = (streams[index].expires ? 1 : 0) + (streams[index].timesOut ? 1 : 0)
        let generation = streams[index].generation &+ 1
        // A place on the list of dirty streams stays, and then means the next tenant: looking at it costs nothing.
        let isDirty = streams[index].isDirty
        streams[index] = StreamState()
        streams[index].generation = generation
        streams[index].isDirty = isDirty
        vacantStreams.append(Int32(index))
        if terms > 0 { forgetExpiries(terms) }
    }

    /// Whether `takeClosed` has something to tell.
    package var hasClosed: Bool { !closed.isEmpty }

    /// The watched streams that are over since this was last called: what they held on to, and why they are over.
    package mutating func takeClosed() -> [(lease: AnyObject, reason: StreamEnd)] {
        let list = closed
        closed = []
        return list
    }

    /// A number for a stream that the board does not keep: no other stream of this worker has it.
    package mutating func takeSerial() -> Int {
        serial += 1
        return serial
    }

    /// The channel for a subscription; a new one if there is none.
    private mutating func channel(for subscription: Subscription, hasEnds: Bool) -> Int32 {
        // That of an inbox may have other topics; then a batch that brings it these is on its way.
        if let known = channelOf[subscription.key] { return known }
        let channel = vacantChannels.popLast() ?? Int32(channels.count)
        if Int(channel) == channels.count {
            channels.append(Channel(subscription))
        } else {
            channels[Int(channel)] = Channel(subscription)
        }
        channelOf[subscription.key] = channel
        if let user = subscription.inbox { inboxChannels[user, default: []].append(channel) }
        for pattern in subscription.patterns { matcher.insert(pattern, channel: channel) }
        // From here on it hears of every end that concerns it.
        if hasEnds { askForEnds(of: Int(channel)) }
        return channel
    }

    private mutating func remove(_ channel: Int32) {
        let subscription = channels[Int(channel)].subscription
        for pattern in subscription.patterns { matcher.remove(pattern, channel: channel) }
        channelOf[subscription.key] = nil
        if let user = subscription.inbox {
            inboxChannels[user]?.removeAll { $0 == channel }
            if inboxChannels[user]?.isEmpty == true { inboxChannels[user] = nil }
        }
        channels[Int(channel)] = Channel.vacant
        vacantChannels.append(channel)
    }

    /// The first block of a stream, framed.
    func opening(id: String, gap: Gap?, retry: Milliseconds, _ framing: Framing) -> [UInt8] {
        var block: [UInt8] = []
        Blocks.appendOpening(id: id, gap: gap, retry: retry, to: &block)
        return Chunk.framed(block, framing)
    }

    /// The first block of a stream, with a `retry:` that is half the rule's up to one and a half times it.
    mutating func opening(id: String, gap: Gap?, _ framing: Framing) -> [UInt8] {
        let retry = Int.random(in: rules.retry / 2...rules.retry + rules.retry / 2, using: &random)
        return opening(id: id, gap: gap, retry: retry, framing)
    }
}
