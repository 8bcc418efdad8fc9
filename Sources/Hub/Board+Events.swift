// Owns the way of an event into channels. Must never touch a stream: what an event costs must not grow with those that
// follow it.

extension Board {
    /// Takes a batch from the log and notes for which channels its events are.
    package mutating func ingest(_ batch: Batch) {
        if let topics = batch.inbox { change(topics) }
        // Made by the first channel that wants an event as it is, for all workers.
        var frames: FrameBuffer?
        for index in batch.events.indices {
            let event = batch.events[index]
            precondition(event.position > tail, "batches come in the order of the log")
            tail = event.position
            presented.removeAll(keepingCapacity: true)
            for topic in event.draft.topics {
                for channel in matcher.channels(of: topic) {
                    deliver(event, index, of: batch, &frames, to: channel, by: topic)
                }
            }
        }
    }

    private mutating func deliver(
        _ event: LoggedEvent, _ index: Int, of batch: Batch, _ frames: inout FrameBuffer?, to channel: Int32,
        by topic: TopicName
    ) {
        let which = Int(channel)
        // An event that matches in several ways comes once.
        if channels[which].lastPosition == event.position { return }
        // What comes after an end comes because that is forgotten.
        if channels[which].hasEnded { channels[which].hasEnded = false }
        // That a topic has ended is for all to know who may read anything on it.
        if event.draft.isEnd { askForEnds(of: which) }
        // By another of its topics it may come all the same.
        if event.draft.isPrivate, !channels[which].subscription.filter.showsPrivate(on: topic) { return }
        channels[which].lastPosition = event.position
        // Who does not follow yet reads it from the log.
        if channels[which].members.isEmpty { return }
        if channels[which].isPlain {
            if frames == nil { frames = batch.frames }
            channels[which].append(index, of: frames!)
        } else {
            channels[which].append(0, of: self.frames(of: event, for: channels[which].subscription))
        }
        if !channels[which].isDirty {
            channels[which].isDirty = true
            dirtyChannels.append(channel)
        }
    }

    private mutating func frames(of event: LoggedEvent, for subscription: Subscription) -> FrameBuffer {
        let presentation = subscription.presentation
        let access = subscription.access ?? .nothing
        let shown = Self.shownTopics(of: event, access)
        if let shown {
            for known in presented
            where known.position == event.position && known.shown == shown && known.presentation == presentation {
                return known.frames
            }
        }
        var block: [UInt8] = []
        presentation.append(event, readableBy: access, to: &block)
        let frames = FrameBuffer(block: block, position: event.position)
        if let shown { presented.append((presentation, event.position, shown, frames)) }
        return frames
    }

    /// Which of its topics an event is shown with, a bit each; `nil` if it has more topics than there are bits. Readers of
    /// different rights share its bytes if that is the same.
    private static func shownTopics(of event: LoggedEvent, _ access: ReadAccess) -> UInt64? {
        let topics = event.draft.topics
        // Its only topic is the one by which it came.
        if topics.count == 1 { return 1 }
        guard topics.count <= UInt64.bitWidth else { return nil }
        var shown: UInt64 = 0
        for index in topics.indices where access.allows(topics[index], isPrivate: event.draft.isPrivate) {
            shown |= 1 << UInt64(index)
        }
        return shown
    }
}
