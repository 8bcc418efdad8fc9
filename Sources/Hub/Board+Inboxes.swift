// Owns what becomes of the streams of an inbox when its topics change. Must never do it but where the log has it, between
// two events: then each stream has the earlier events by the old topics and the later ones by the new, and none twice.

extension Board {
    /// Has the streams of an inbox follow other topics from here on.
    mutating func change(_ topics: InboxTopics) {
        for channel in inboxChannels[topics.user] ?? [] {
            let present = channels[Int(channel)].subscription
            // A channel that was made meanwhile has them already.
            guard present.revision < topics.revision else { continue }
            do throws(HubError) {
                follow(try present.with(topics), by: channel)
            } catch {
                // Who asks again is told why there is no such stream.
                endAll(of: channel, because: .disconnected)
            }
        }
    }

    /// Has a channel follow other patterns.
    private mutating func follow(_ changed: Subscription, by channel: Int32) {
        let before = channels[Int(channel)].subscription.patterns
        let old = Set(before)
        let new = Set(changed.patterns)
        for pattern in before where !new.contains(pattern) { matcher.remove(pattern, channel: channel) }
        for pattern in changed.patterns where !old.contains(pattern) { matcher.insert(pattern, channel: channel) }
        // Who catches up reads the log by what stands here.
        channels[Int(channel)].subscription = changed
    }
}
