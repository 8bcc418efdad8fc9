// Owns the way of a topic through the trie. A node has one depth, so no walk may come to it twice.

extension PatternTrie {
    /// Adds to `list` each channel of which a pattern matches; one of several such patterns, more than once.
    ///
    /// - Parameters:
    ///   - topic: the topic's segments, as `PatternPath` has them.
    ///   - list: gets the channels.
    /// - Returns: how many nodes were looked at: what the walk cost.
    func collect(_ topic: [UInt8], into list: inout [Int32]) -> Int {
        if count == 0 { return 0 }
        // A wildcard never stands for the first segment of the hub's own topics.
        return walk(topic, from: 0, at: 0, isWildcardOpen: !PatternPath.isReserved(topic), into: &list)
    }

    private func walk(
        _ topic: [UInt8], from start: Int, at node: Int, isWildcardOpen: Bool, into list: inout [Int32]
    ) -> Int {
        if start == topic.count {
            list += nodes[node].here
            return 1
        }
        if isWildcardOpen { list += nodes[node].below }
        var visits = 1
        if !nodes[node].children.isEmpty {
            let segment = topic[start..<PatternPath.end(ofSegmentAt: start, in: topic)]
            if let child = nodes[node].children[segment] {
                visits += descend(topic, from: start, to: Int(child), into: &list)
            }
        }
        if isWildcardOpen, nodes[node].star >= 0 {
            visits += descend(topic, from: start, to: Int(nodes[node].star), into: &list)
        }
        return visits
    }

    private func descend(_ topic: [UInt8], from start: Int, to node: Int, into list: inout [Int32]) -> Int {
        let end = PatternPath.follow(nodes[node].label, in: topic, from: start)
        return end < 0 ? 1 : walk(topic, from: end, at: node, isWildcardOpen: true, into: &list)
    }
}
