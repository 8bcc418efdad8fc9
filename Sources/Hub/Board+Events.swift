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
                    deliver(event, index, of: batch, &frames, to: channel)
                }
            }
        }
    }

    private mutating func deliver(
        _ event: LoggedEvent, _ index: Int, of batch: Batch, _ frames: inout FrameBuffer?, to channel: Int32
    ) {
        let which = Int(channel)
        // An event that matches in several ways comes once.
        if channels[which].lastPosition == event.position { return }
        channels[which].lastPosition = event.position
        // What comes after an end comes because that is forgotten.
        if channels[which].hasEnded { channels[which].hasEnded = false }
        if event.draft.isEnd { askForEnds(of: which) }
        // Who does not follow yet reads it from the log.
        if channels[which].members.isEmpty { return }
        if channels[which].isPlain {
            if frames == nil { frames = batch.frames }
            channels[which].append(index, of: frames!)
        } else {
            channels[which].append(0, of: self.frames(of: event, shown: channels[which].subscription.presentation))
        }
        if !channels[which].isDirty {
            channels[which].isDirty = true
            dirtyChannels.append(channel)
        }
    }

    private mutating func frames(of event: LoggedEvent, shown presentation: Presentation) -> FrameBuffer {
        for known in presented where known.position == event.position && known.presentation == presentation {
            return known.frames
        }
        var block: [UInt8] = []
        presentation.append(event, to: &block)
        let frames = FrameBuffer(block: block)
        presented.append((presentation, event.position, frames))
        return frames
    }
}
