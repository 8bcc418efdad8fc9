// Owns who wants which topic: by name, and by patterns. Must never give a result that a pattern which came or went has
// made wrong, nor let what it remembers grow with what publishers send.

/// Which channels an event's topic reaches.
///
/// Topics that channels name lie in a table, patterns with wildcards in a trie, and what the trie gave for a topic is
/// remembered with the topic: both are found with one look into the table. A pattern that comes or goes is only written
/// down; each result is brought up to date when it is next asked for.
struct TopicMatcher {
    /// How much is remembered.
    struct Limits {
        /// Results for so many topics, and for as many more as channels name.
        var topics = 4096
        /// Channels in all results together.
        var channels = 1 << 20
        /// Patterns that came and went, for results to catch up with.
        var changes = 256
    }

    /// A topic that channels name, or of which a result is remembered.
    struct Entry {
        var topic: TopicName
        /// First those that name the topic, then the result: those that want it by patterns.
        var channels: [Int32] = []
        /// How many of them name it.
        var named = 0
        /// The number of the last change that the result takes into account; -1 when there is no result.
        var asOf = -1
        /// What it cost to find the result.
        var visits = 0
        /// Its place on the list of those with a result; -1 when there is none.
        var place = -1
        /// Whether the result was of use since eviction last came by.
        var wasUsed = false

        /// How many channels the result has.
        var found: Int { channels.count - named }
    }

    let limits: Limits
    var table: [TopicName: Int32] = [:]
    var entries: [Entry] = []
    private var vacant: [Int32] = []
    var trie = PatternTrie()
    var changes: PatternChanges
    /// How many topics channels name.
    private(set) var namedCount = 0
    /// The entries with a result.
    var remembered: [Int32] = []
    /// Where among them eviction goes on.
    var hand = 0
    /// How many channels all results have together.
    var found = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
        changes = PatternChanges(most: limits.changes)
    }

    /// How many patterns with wildcards there are, each counted once a channel.
    var patternCount: Int { trie.count }

    /// Some of the topics that channels name, in no order. Those that are named throughout all steps are all in one.
    ///
    /// - Parameters:
    ///   - start: where the step begins: 0, or what the step before told.
    ///   - count: how many entries are looked at.
    /// - Returns: the topics, and where the next step begins; `nil` when this was the last.
    func namedTopics(from start: Int, lookingAt count: Int) -> (topics: [TopicName], next: Int?) {
        let end = min(start + count, entries.count)
        guard start < end else { return ([], nil) }
        let topics = entries[start..<end].filter { $0.named > 0 }.map(\.topic)
        return (topics, end < entries.count ? end : nil)
    }

    /// Adds a channel to those that want a pattern.
    mutating func insert(_ pattern: TopicPattern, channel: Int32) {
        guard let topic = pattern.topic else {
            let path = PatternPath(pattern)
            trie.insert(path, channel: channel)
            changes.append(PatternChange(path: path, channel: channel, isInsertion: true))
            return
        }
        let index = table[topic].map(Int.init) ?? addEntry(topic)
        let named = entries[index].named
        // The first of the result makes room, and goes to the end.
        entries[index].channels.append(channel)
        entries[index].channels.swapAt(named, entries[index].channels.count - 1)
        entries[index].named += 1
        if named == 0 { namedCount += 1 }
    }

    /// Takes a channel away from those that want a pattern.
    mutating func remove(_ pattern: TopicPattern, channel: Int32) {
        guard let topic = pattern.topic else {
            let path = PatternPath(pattern)
            trie.remove(path, channel: channel)
            changes.append(PatternChange(path: path, channel: channel, isInsertion: false))
            return
        }
        guard let slot = table[topic], let place = entries[Int(slot)].channels.firstIndex(of: channel),
            place < entries[Int(slot)].named
        else { preconditionFailure("the pattern was inserted") }
        let index = Int(slot)
        let last = entries[index].named - 1
        entries[index].channels.swapAt(place, last)
        entries[index].channels.swapAt(last, entries[index].channels.count - 1)
        entries[index].channels.removeLast()
        entries[index].named = last
        guard last == 0 else { return }
        namedCount -= 1
        if entries[index].place < 0 { removeEntry(index) }
        while remembered.count > mostRemembered { evict() }
    }

    /// The channels that a topic reaches; one that does in several ways comes more than once. No allocation while what
    /// is known of the topic is up to date.
    mutating func channels(of topic: TopicName) -> [Int32] {
        if let slot = table[topic] {
            let index = Int(slot)
            if entries[index].asOf == changes.last {
                entries[index].wasUsed = true
                return entries[index].channels
            }
            return refreshed(index)
        }
        return trie.count == 0 ? [] : looked(up: topic)
    }

    /// The channels that a topic reaches, each once, without a trace in what is remembered.
    func reach(of topic: TopicName) -> Set<Int32> {
        var list: [Int32] = []
        if let slot = table[topic] {
            let entry = entries[Int(slot)]
            if entry.asOf == changes.last { return Set(entry.channels) }
            list += entry.channels.prefix(entry.named)
        }
        if trie.count > 0 { _ = trie.collect(PatternPath.segments(of: topic.text), into: &list) }
        return Set(list)
    }

    /// The most topics of which a result is remembered.
    var mostRemembered: Int { limits.topics + namedCount }

    // MARK: - Entries

    mutating func addEntry(_ topic: TopicName) -> Int {
        let slot = vacant.popLast() ?? Int32(entries.count)
        if Int(slot) == entries.count { entries.append(Entry(topic: topic)) } else { entries[Int(slot)].topic = topic }
        table[topic] = slot
        return Int(slot)
    }

    mutating func removeEntry(_ index: Int) {
        table[entries[index].topic] = nil
        entries[index] = Entry(topic: TopicName(unchecked: ""))
        vacant.append(Int32(index))
        // What very many topics took is given back when they are gone.
        if table.isEmpty, entries.count > 1024 {
            table = [:]
            entries = []
            vacant = []
            remembered = []
        }
    }
}
