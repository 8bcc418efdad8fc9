// Owns what is told of streams to people. Must never change anything, nor count beside the table: a counter could
// drift.

extension Board {
    /// All open streams, in no order. Counted from the table: there is no counter beside it that could drift.
    package var summaries: [StreamSummary] {
        streams.indices.compactMap { index in
            let stream = streams[index]
            guard stream.phase != .vacant else { return nil }
            let channel = channels[Int(stream.channel)]
            var behind = stream.own.count - stream.ownSent
            if stream.phase == .ending, let detail = stream.detail {
                if stream.member >= 0 { behind += max(0, detail.endOffset - stream.cursor) }
                behind += detail.farewell.count - detail.farewellSent
            } else if stream.member >= 0 {
                behind += channel.end - (stream.isDetached ? stream.cursor : channel.flushed)
            }
            return StreamSummary(
                serial: stream.serial, sink: stream.sink, user: stream.user,
                patterns: channel.subscription.patterns, openedAt: stream.openedAt, bytesBehind: behind)
        }
    }

    /// Some of the topics that streams name without wildcards, in no order.
    ///
    /// - Parameters:
    ///   - range: others are left out.
    ///   - start: where the step begins: 0, or what the step before told.
    /// - Returns: the topics, and where the next step begins; `nil` when this was the last.
    package func namedTopics(in range: TopicRange, from start: Int) -> (topics: [TopicName], next: Int?) {
        let (topics, next) = matcher.namedTopics(from: start, lookingAt: 4096)
        return (topics.filter(range.contains), next)
    }

    /// How many streams each of these topics reaches; a stream counts once a topic.
    package func subscriberCounts(of topics: [TopicName]) -> [Int] {
        topics.map { topic in
            matcher.reach(of: topic).reduce(0) { $0 + channels[Int($1)].streams }
        }
    }

    /// The streams of a user that are not ending yet; `nil` means everyone's.
    package func handles(user: String? = nil) -> [StreamHandle] {
        abiding.compactMap { index, handle in
            if let user, streams[index].user?.hasBytes(of: user) != true { return nil }
            return handle
        }
    }

    /// The streams that hold on to something and are not ending yet, with that.
    package var leases: [(stream: StreamHandle, lease: AnyObject)] {
        abiding.compactMap { index, handle in streams[index].lease.map { (handle, $0) } }
    }

    /// The streams that a topic reaches and that are not ending yet.
    package func handles(on topic: TopicName) -> [StreamHandle] {
        let channels = matcher.reach(of: topic)
        return abiding.compactMap { index, handle in channels.contains(streams[index].channel) ? handle : nil }
    }

    /// The streams that are not ending yet, and their places in the table.
    private var abiding: [(index: Int, handle: StreamHandle)] {
        streams.indices.compactMap { index in
            guard streams[index].phase != .vacant, streams[index].phase != .ending else { return nil }
            return (index, StreamHandle(slot: Int32(index), generation: streams[index].generation))
        }
    }

    /// The number of a stream.
    package func serial(of handle: StreamHandle) -> Int? { index(of: handle).map { streams[$0].serial } }
}
