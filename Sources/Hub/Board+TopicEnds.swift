// Owns what becomes of streams whose topics have ended. Only the log knows which have: what a board has seen go by is not
// all that there is. A stream must never end before it was sent the last event of each of its topics.

extension Board {
    /// Has the log asked whether all topics of a channel have ended. Not where a pattern never ends.
    mutating func askForEnds(of channel: Int) {
        guard channels[channel].subscription.endTopics != nil else { return }
        questions.append(.ends(channels[channel].subscription))
    }

    /// The log says where the topics of a subscription ended, in their order; `nil` for one that has not.
    package mutating func answer(_ subscription: Subscription, ends: [Position?]) {
        guard let which = channelOf[subscription] else { return }
        let channel = Int(which)
        // An end that is on its way here is asked for again when it comes.
        guard ends.allSatisfy({ $0.map { $0 <= tail } ?? false }) else { return }
        channels[channel].hasEnded = true
        // Those that do not follow yet end when they would begin to.
        for slot in channels[channel].members { endWithTopics(Int(slot)) }
    }

    /// Ends a stream that has come to the end of all its topics.
    mutating func endWithTopics(_ index: Int) {
        end(StreamHandle(slot: Int32(index), generation: streams[index].generation), because: .topicsEnded)
    }
}
