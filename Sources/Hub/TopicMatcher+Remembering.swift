// Owns the results that are remembered: how they are found, brought up to date, and let go of, one at a time. Must
// never hold more than the limits allow, nor do for a pattern what grows with the number of results.

extension TopicMatcher {
    /// The channels of a topic that is not in the table.
    mutating func looked(up topic: TopicName) -> [Int32] {
        var list: [Int32] = []
        let visits = trie.collect(PatternPath.segments(of: topic.text), into: &list)
        guard isWorthKeeping(list.count), mostRemembered > 0 else { return list }
        let index = addEntry(topic)
        entries[index].channels = list
        remember(index, visits: visits)
        return list
    }

    /// The channels of a topic of which nothing is remembered, or something that has to catch up.
    mutating func refreshed(_ index: Int) -> [Int32] {
        if trie.count == 0 {
            // Nothing is to be found, and so nothing to be remembered.
            if entries[index].place < 0 { return entries[index].channels }
            let channels = Array(entries[index].channels.prefix(entries[index].named))
            forget(index)
            return channels
        }
        let topic = PatternPath.segments(of: entries[index].topic.text)
        if entries[index].place >= 0 {
            // What is cheaper: to compare with each change, or to look anew. A node costs as much as some comparisons.
            let missed = changes.last - entries[index].asOf
            if missed <= min(8 * entries[index].visits, changes.kept) {
                catchUp(index, topic)
                return kept(index)
            }
        }
        var channels = Array(entries[index].channels.prefix(entries[index].named))
        let visits = trie.collect(topic, into: &channels)
        if entries[index].place >= 0 {
            found += channels.count - entries[index].channels.count
            entries[index].channels = channels
            entries[index].visits = visits
            entries[index].asOf = changes.last
            return kept(index)
        }
        if isWorthKeeping(channels.count - entries[index].named) {
            entries[index].channels = channels
            remember(index, visits: visits)
        }
        return channels
    }

    /// A result that takes more than its share would have to leave for every other.
    private func isWorthKeeping(_ count: Int) -> Bool { count <= limits.channels / 4 }

    /// Compares a result with each pattern that came or went since it was found.
    private mutating func catchUp(_ index: Int, _ topic: [UInt8]) {
        for number in entries[index].asOf + 1...changes.last {
            let channel = changes[number].channel
            guard changes[number].path.matches(topic) else { continue }
            if changes[number].isInsertion {
                entries[index].channels.append(channel)
                found += 1
            } else {
                let result = entries[index].channels[entries[index].named...]
                guard let place = result.firstIndex(of: channel) else {
                    preconditionFailure("what was found holds what has gone")
                }
                entries[index].channels.swapAt(place, entries[index].channels.count - 1)
                entries[index].channels.removeLast()
                found -= 1
            }
        }
        entries[index].asOf = changes.last
    }

    /// Counts a result as remembered, and has others leave if there are too many.
    private mutating func remember(_ index: Int, visits: Int) {
        // Before it has a place itself, so that it is not the one to go.
        while !remembered.isEmpty,
            remembered.count >= mostRemembered || found + entries[index].found > limits.channels
        { evict() }
        found += entries[index].found
        entries[index].visits = visits
        entries[index].asOf = changes.last
        entries[index].place = remembered.count
        remembered.append(Int32(index))
    }

    /// The channels of a result that was brought up to date, and may have grown.
    private mutating func kept(_ index: Int) -> [Int32] {
        entries[index].wasUsed = true
        let channels = entries[index].channels
        if !isWorthKeeping(entries[index].found) { forget(index) }
        while found > limits.channels { evict() }
        return channels
    }

    /// Lets go of one result that was of no use since the hand last passed it: the second chance.
    mutating func evict() {
        while true {
            if hand >= remembered.count { hand = 0 }
            let index = Int(remembered[hand])
            if !entries[index].wasUsed {
                forget(index)
                return
            }
            entries[index].wasUsed = false
            hand += 1
        }
    }

    /// Lets go of a result, and of the topic if nobody names it.
    private mutating func forget(_ index: Int) {
        let place = entries[index].place
        let last = remembered.removeLast()
        if Int(last) != index {
            remembered[place] = last
            entries[Int(last)].place = place
        }
        found -= entries[index].found
        if entries[index].named == 0 {
            removeEntry(index)
        } else {
            // A list of its own size: the room that the result took goes too.
            entries[index].channels = Array(entries[index].channels.prefix(entries[index].named))
            entries[index].asOf = -1
            entries[index].place = -1
            entries[index].wasUsed = false
        }
    }
}
