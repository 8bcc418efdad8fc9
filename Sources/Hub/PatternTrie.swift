/// Which channels want a topic by a pattern with wildcards: a trie over segments.
///
/// Looking up costs what the topic's segments and the patterns that fit them cost, not what other patterns do.
struct PatternTrie {
    private var nodes: [Node] = [Node()]
    private var free: [Int32] = []
    /// How many patterns there are, each counted once a channel.
    private(set) var count = 0

    private struct Node {
        var children: [Segment: Int32] = [:]
        /// The child for `*`.
        var star: Int32 = -1
        /// The channels whose pattern ends here.
        var here: [Int32] = []
        /// The channels whose pattern goes on with a last `**`.
        var below: [Int32] = []

        var isEmpty: Bool { children.isEmpty && star < 0 && here.isEmpty && below.isEmpty }
    }

    /// A segment, the same as another when its bytes are.
    private struct Segment: Hashable {
        let text: Substring

        static func == (one: Segment, other: Segment) -> Bool { one.text.hasBytes(of: other.text) }

        func hash(into hasher: inout Hasher) { hasher.combine(text) }
    }

    mutating func insert(_ pattern: TopicPattern, channel: Int32) {
        var node = 0
        for segment in TopicSegments(pattern.text) {
            if segment == "**" {
                nodes[node].below.append(channel)
                count += 1
                return
            }
            node = child(segment, of: node)
        }
        nodes[node].here.append(channel)
        count += 1
    }

    mutating func remove(_ pattern: TopicPattern, channel: Int32) {
        let removed = remove(Array(TopicSegments(pattern.text))[...], channel: channel, at: 0)
        precondition(removed, "the pattern was inserted")
        count -= 1
    }

    /// Calls `body` with each channel of which a pattern matches; with one of several such patterns, more than once.
    func forEachMatch(_ topic: TopicName, _ body: (Int32) -> Void) {
        if count == 0 { return }
        let segments = Array(TopicSegments(topic.text))
        match(segments[...], at: 0, isFirst: true, isReserved: topic.isReserved, body)
    }

    private func match(
        _ segments: ArraySlice<Substring>, at node: Int, isFirst: Bool, isReserved: Bool, _ body: (Int32) -> Void
    ) {
        guard let segment = segments.first else {
            nodes[node].here.forEach(body)
            return
        }
        // A wildcard never stands for the first segment of the hub's own topics.
        let isWildcardOpen = !(isFirst && isReserved)
        if isWildcardOpen { nodes[node].below.forEach(body) }
        if let child = nodes[node].children[Segment(text: segment)] {
            match(segments.dropFirst(), at: Int(child), isFirst: false, isReserved: isReserved, body)
        }
        if isWildcardOpen, nodes[node].star >= 0 {
            match(segments.dropFirst(), at: Int(nodes[node].star), isFirst: false, isReserved: isReserved, body)
        }
    }

    private mutating func child(_ segment: Substring, of node: Int) -> Int {
        if segment == "*" {
            if nodes[node].star < 0 { nodes[node].star = makeNode() }
            return Int(nodes[node].star)
        }
        if let child = nodes[node].children[Segment(text: segment)] { return Int(child) }
        let child = makeNode()
        // Its own copy, so that no node holds on to a whole pattern's text.
        nodes[node].children[Segment(text: Substring(String(segment)))] = child
        return Int(child)
    }

    private mutating func makeNode() -> Int32 {
        if let index = free.popLast() { return index }
        nodes.append(Node())
        return Int32(nodes.count - 1)
    }

    /// Removes, and takes away the nodes that then hold nothing.
    private mutating func remove(_ segments: ArraySlice<Substring>, channel: Int32, at node: Int) -> Bool {
        guard let segment = segments.first else { return Self.drop(channel, from: &nodes[node].here) }
        if segment == "**" { return Self.drop(channel, from: &nodes[node].below) }
        let next = segment == "*" ? nodes[node].star : nodes[node].children[Segment(text: segment)] ?? -1
        guard next >= 0, remove(segments.dropFirst(), channel: channel, at: Int(next)) else { return false }
        if nodes[Int(next)].isEmpty {
            nodes[Int(next)] = Node()
            free.append(next)
            if segment == "*" {
                nodes[node].star = -1
            } else {
                nodes[node].children[Segment(text: segment)] = nil
            }
        }
        return true
    }

    private static func drop(_ channel: Int32, from list: inout [Int32]) -> Bool {
        guard let index = list.firstIndex(of: channel) else { return false }
        list.swapAt(index, list.count - 1)
        list.removeLast()
        return true
    }
}
