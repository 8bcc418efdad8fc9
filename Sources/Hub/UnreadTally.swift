// Owns the adding up of an inbox. Must never count an event twice that is on two topics, nor hold more than a page of
// topics, however many there are.

/// What is unread, added up as counts of topics come in, in any order and perhaps more than once.
struct UnreadTally {
    /// The position of the first unread event.
    private(set) var first: Position?
    /// The only topic with unread events so far: its count needs no positions.
    private var only: (request: UnreadRequest, count: UnreadCount)?
    private var isOneTopic = true
    /// The positions of unread events, once there are several topics.
    private var positions = PositionSet()
    private var chosen: [TopicName: UnreadCount] = [:]
    private var range: TopicRange
    private let most: Int

    /// Nothing yet.
    ///
    /// - Parameters:
    ///   - after: the name after which topics are listed.
    ///   - most: how many are listed.
    init(after: String?, most: Int) {
        range = TopicRange(after: after)
        self.most = most
    }

    /// How many events are unread.
    var unread: Int { only?.count.count ?? positions.count }

    /// The topics of the page, in order, and the name after which the next one begins.
    var page: (topics: [(topic: TopicName, count: UnreadCount)], next: String?) {
        let sorted = chosen.sorted { TopicRange.precedes($0.key.text, $1.key.text) }
        let page = sorted.prefix(most).map { (topic: $0.key, count: $0.value) }
        return (page, sorted.count > most ? page.last?.topic.text : nil)
    }

    /// Takes what was counted.
    ///
    /// - Returns: of which topics the positions are to be added, so that what is on several of them counts once.
    mutating func add(_ requests: [UnreadRequest], _ counts: [UnreadCount]) -> [UnreadRequest] {
        var wanted: [UnreadRequest] = []
        for (request, count) in zip(requests, counts) {
            guard let earliest = count.first else { continue }
            first = min(first ?? .max, earliest)
            choose(request.topic, count)
            if isOneTopic {
                if only == nil || only?.request.topic == request.topic {
                    only = (request, count)
                    continue
                }
                isOneTopic = false
            }
            if let (request, count) = only {
                need(request, count, &wanted)
                only = nil
            }
            need(request, count, &wanted)
        }
        return wanted
    }

    /// Adds positions of unread events.
    mutating func add(_ found: [Position]) {
        for position in found { positions.insert(position) }
    }

    private mutating func need(_ request: UnreadRequest, _ count: UnreadCount, _ wanted: inout [UnreadRequest]) {
        if count.count == 1, let first = count.first { positions.insert(first) } else { wanted.append(request) }
    }

    private mutating func choose(_ topic: TopicName, _ count: UnreadCount) {
        guard range.contains(topic) else { return }
        chosen[topic] = count
        guard chosen.count >= 2 * most + 64 else { return }
        // One more than asked for tells whether there is a next page.
        let names = chosen.keys.sorted { TopicRange.precedes($0.text, $1.text) }
        for name in names.dropFirst(most + 1) { chosen[name] = nil }
        range.before = names[most].text
    }
}
