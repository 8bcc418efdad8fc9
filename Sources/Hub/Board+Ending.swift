// Owns how streams end: the clean way, with a last block, and the reset of all that is left. An ending stream must
// never be told an id beyond what it was sent.

import TimerWheel

extension Board {
    /// Ends a stream: a last block with the id, a `retry:` and the reason, then the clean end of the response.
    ///
    /// - Parameters:
    ///   - handle: which stream.
    ///   - reason: why.
    ///   - allowReconnect: if not, its last id tells the hub to answer 204 when it comes back.
    package mutating func end(_ handle: StreamHandle, because reason: StreamEnd, allowReconnect: Bool = true) {
        guard let index = index(of: handle), streams[index].phase != .ending else { return }
        let detail = streams[index].detail ?? StreamDetail(rules)
        streams[index].detail = detail
        detail.end = (reason, allowReconnect)
        var id: String
        switch streams[index].phase {
        case .live:
            if !streams[index].isDetached { detach(index) }
            if reason.isAtOnce {
                id = cutLive(index, detail)
            } else {
                // What is on its way to the channel is still written, and so the id is the tail.
                detail.endOffset = channels[Int(streams[index].channel)].end
                id = EventID.text(epoch: epoch, tail)
            }
        case .replaying:
            id = reason.isAtOnce ? cutReplay(index, detail) : EventID.text(epoch: epoch, detail.cursor)
        default:
            // It was not told where it starts: it starts there again.
            id = ""
            if case .after(let own) = detail.start { id = own }
            // An id that the client brought may be anything, and is not fit to carry the mark.
            if !allowReconnect { id = epoch }
        }
        streams[index].phase = .ending
        bidFarewell(index, detail, id)
        soil(index)
    }

    /// Makes the last bytes of a stream that ends.
    mutating func bidFarewell(_ index: Int, _ detail: StreamDetail, _ last: String) {
        var id = last
        let (reason, allowsReconnect) = detail.end
        if !allowsReconnect {
            id = String(decoding: id.utf8.prefix(EventID.longest - EventID.stopMark.utf8.count), as: UTF8.self)
            id += EventID.stopMark
        }
        let least = min(500, rules.drainRetry)
        let retry =
            reason == .drained
            ? Int.random(in: least...max(least, rules.drainRetry), using: &random)
            : Int.random(in: rules.retry / 2...rules.retry + rules.retry / 2, using: &random)
        var block: [UInt8] = []
        Blocks.appendFarewell(id: id, retry: retry, reason: reason.rawValue, to: &block)
        let framing = framing(of: index)
        detail.farewell = Chunk.framed(block, framing) + Chunk.last(framing)
    }

    /// Ends every stream.
    package mutating func endAll(because reason: StreamEnd) {
        for index in streams.indices where streams[index].phase != .vacant {
            end(StreamHandle(slot: Int32(index), generation: streams[index].generation), because: reason)
        }
    }

    /// Ends every stream of a channel.
    mutating func endAll(of channel: Int32, because reason: StreamEnd) {
        for index in streams.indices where streams[index].phase != .vacant && streams[index].channel == channel {
            end(StreamHandle(slot: Int32(index), generation: streams[index].generation), because: reason)
        }
    }

    /// Resets every stream that is still there.
    package mutating func giveUpAll(into output: inout some StreamOutput) {
        for index in streams.indices where streams[index].phase != .vacant {
            giveUp(index, because: .drained, into: &output)
        }
    }
}
