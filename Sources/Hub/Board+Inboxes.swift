// Owns what becomes of the streams of an inbox when its topics change. Must never do it but where the log has it, between
// two events: then each stream has the earlier events by the old topics and the later ones by the new, and none twice.

extension Board {
    /// Has the streams of an inbox follow other topics from here on.
    mutating func change(_ topics: InboxTopics) {
        for channel in inboxChannels[topics.user] ?? [] {
            let present = channels[Int(channel)].subscription
            // A channel that was made meanwhile has them already.
            guard present.revision < topics.revision else { continue }
            let old = Set(present.patterns)
            let new = Set(topics.patterns)
            for pattern in present.patterns where !new.contains(pattern) { matcher.remove(pattern, channel: channel) }
            for pattern in topics.patterns where !old.contains(pattern) { matcher.insert(pattern, channel: channel) }
            // Who catches up reads the log by what stands here.
            channels[Int(channel)].subscription = present.with(topics)
        }
    }
}
