// Owns the patterns with wildcards, in a form in which a topic finds those that match it. Must never hold a node for
// every segment of a pattern: one request can bring very many.

/// Which channels want a topic by a pattern with wildcards: a trie over segments.
///
/// A run of segments in which no pattern parts from another is one node, so that there are at most two nodes for each
/// pattern, and their memory is that of the patterns' text. Looking up costs what the topic's segments and the patterns
/// that fit them cost, not what other patterns do.
struct PatternTrie {
    private(set) var nodes: [Node] = [Node()]
    private var free: [Int32] = []
    /// How many patterns there are, each counted once a channel.
    private(set) var count = 0

    struct Node {
        /// The segments from the parent to here, each with its slash; at least one, except in the root.
        var label: [UInt8] = []
        /// The child whose label begins with `*`.
        var star: Int32 = -1
        /// The other children, by the first segment of their labels.
        var children: [ArraySlice<UInt8>: Int32] = [:]
        /// The channels whose pattern ends here.
        var here: [Int32] = []
        /// The channels whose pattern goes on with a last `**`.
        var below: [Int32] = []

        var hasChannels: Bool { !here.isEmpty || !below.isEmpty }
        var childCount: Int { children.count + (star >= 0 ? 1 : 0) }
    }

    /// Adds a channel to those that want a pattern.
    mutating func insert(_ path: PatternPath, channel: Int32) {
        var node = 0
        var done = 0
        while done < path.bytes.count {
            let next = child(of: node, for: path.bytes, at: done)
            guard next >= 0 else {
                let leaf = makeNode()
                nodes[leaf].label = Array(path.bytes[done...])
                link(leaf, under: node)
                node = leaf
                break
            }
            let shared = sharedSegments(nodes[next].label, path.bytes, at: done)
            if shared < nodes[next].label.count { split(next, at: shared) }
            node = next
            done += shared
        }
        if path.isOpenEnded { nodes[node].below.append(channel) } else { nodes[node].here.append(channel) }
        count += 1
    }

    /// Takes a channel away from those that want a pattern, and the nodes that are then for nothing.
    mutating func remove(_ path: PatternPath, channel: Int32) {
        var parent = 0
        var node = 0
        var done = 0
        while done < path.bytes.count {
            parent = node
            node = child(of: node, for: path.bytes, at: done)
            precondition(node >= 0, "the pattern was inserted")
            done += nodes[node].label.count
        }
        let isRemoved =
            path.isOpenEnded
            ? Self.drop(channel, from: &nodes[node].below) : Self.drop(channel, from: &nodes[node].here)
        precondition(isRemoved, "the pattern was inserted")
        count -= 1
        guard node != 0, !nodes[node].hasChannels else { return }
        if nodes[node].childCount == 0 {
            unlink(node, from: parent)
            release(node)
            if parent != 0, !nodes[parent].hasChannels { joinOnlyChild(of: parent) }
        } else {
            joinOnlyChild(of: node)
        }
    }

    // MARK: - Nodes

    /// The child whose label begins with the segment at `start`; -1 if there is none.
    private func child(of node: Int, for path: [UInt8], at start: Int) -> Int {
        if PatternPath.isStar(path, at: start) { return Int(nodes[node].star) }
        return Int(nodes[node].children[path[start..<PatternPath.end(ofSegmentAt: start, in: path)]] ?? -1)
    }

    /// How many bytes of whole segments two have in common from the beginning of one, and `start` of the other.
    private func sharedSegments(_ label: [UInt8], _ path: [UInt8], at start: Int) -> Int {
        var shared = 0
        var index = 0
        while index < label.count, start + index < path.count, label[index] == path[start + index] {
            index += 1
            if label[index - 1] == UInt8(ascii: "/") { shared = index }
        }
        return shared
    }

    /// Has a node end after some bytes of its label, and a new one below it take the rest.
    private mutating func split(_ node: Int, at shared: Int) {
        let lower = makeNode()
        let label = nodes[node].label
        nodes[lower] = nodes[node]
        nodes[lower].label = Array(label[shared...])
        nodes[node] = Node()
        nodes[node].label = Array(label[..<shared])
        link(lower, under: node)
    }

    /// Makes a node and the only child that it has into one.
    private mutating func joinOnlyChild(of node: Int) {
        guard nodes[node].childCount == 1 else { return }
        let child = Int(nodes[node].children.first?.value ?? nodes[node].star)
        let label = nodes[node].label + nodes[child].label
        nodes[node] = nodes[child]
        nodes[node].label = label
        release(child)
    }

    private mutating func link(_ child: Int, under parent: Int) {
        if PatternPath.isStar(nodes[child].label, at: 0) {
            nodes[parent].star = Int32(child)
        } else {
            nodes[parent].children[firstSegment(of: child)] = Int32(child)
        }
    }

    private mutating func unlink(_ child: Int, from parent: Int) {
        if PatternPath.isStar(nodes[child].label, at: 0) {
            nodes[parent].star = -1
        } else {
            nodes[parent].children[firstSegment(of: child)] = nil
        }
    }

    private func firstSegment(of node: Int) -> ArraySlice<UInt8> {
        nodes[node].label[..<PatternPath.end(ofSegmentAt: 0, in: nodes[node].label)]
    }

    private mutating func makeNode() -> Int {
        if let index = free.popLast() { return Int(index) }
        nodes.append(Node())
        return nodes.count - 1
    }

    private mutating func release(_ node: Int) {
        nodes[node] = Node()
        free.append(Int32(node))
    }

    private static func drop(_ channel: Int32, from list: inout [Int32]) -> Bool {
        guard let index = list.firstIndex(of: channel) else { return false }
        list.swapAt(index, list.count - 1)
        list.removeLast()
        return true
    }
}
