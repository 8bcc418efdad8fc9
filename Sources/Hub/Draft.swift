// Owns the rules for the parts of an event. Limits that are configured, and ids that only the log can judge, are
// checked elsewhere; nothing else of a draft must ever need checking again.

import ByteSearch
import EventStream
package import TimerWheel

/// An event that somebody wants published: checked, and not yet in the log. It never changes, and whoever has it shares
/// it.
package final class Draft: Sendable, Equatable {
    /// The topics it goes to, each once, at least one.
    package let topics: OneOrMore<TopicName>
    /// What `data:` carries; empty when there is no `data:`.
    package let data: String
    /// Whether its topics end with it.
    package let isEnd: Bool
    /// Whether it was given no data, and so fires nothing; only the end of a topic may be.
    package let isSilent: Bool
    /// Whether it is only for those who may read one of its topics by name or pattern, and not for everyone.
    package let isPrivate: Bool
    /// What `event:` carries, if anything.
    package let type: String?
    /// The publisher's own id.
    package let id: String?
    /// What `retry:` carries, in milliseconds.
    package let retry: Milliseconds?
    /// Bytes that count against the limit of one event.
    package let size: Int

    /// The longest `retry:` that may be published: a day.
    package static let longestRetry: Milliseconds = 86_400_000

    /// Checks the parts and makes an event of them.
    ///
    /// - Throws: `HubError`, which says which part is wrong.
    package convenience init(
        topics: [TopicName], data: String?, type: String? = nil, id: String? = nil, retry: Milliseconds? = nil,
        isEnd: Bool = false, isPrivate: Bool = false
    ) throws(HubError) {
        guard let topics = OneOrMore(topics) else { throw HubError(.badEvent, "an event needs a topic") }
        try self.init(
            topics: topics, data: data, type: type, id: id, retry: retry, isEnd: isEnd, isPrivate: isPrivate)
    }

    /// Checks the parts and makes an event of them.
    ///
    /// - Throws: `HubError`, which says which part is wrong.
    package init(
        topics: OneOrMore<TopicName>, data: String?, type: String? = nil, id: String? = nil,
        retry: Milliseconds? = nil, isEnd: Bool = false, isPrivate: Bool = false
    ) throws(HubError) {
        guard data != nil || isEnd else {
            throw HubError(.badEvent, "the event has no data: give \"data\", which may be the empty string")
        }
        for topic in topics where topic.isReserved {
            throw HubError(.reservedTopic, "the topic \"\(topic.text)\" begins with \"$\": those are the hub's own")
        }
        if let type { try Self.check(type: type.utf8.span) }
        try Self.check(retry: retry)
        let topics = topics.count == 1 ? topics : Self.eachOnce(topics)
        self.topics = topics
        isSilent = data == nil
        // What fires nothing has no type to fire.
        let type = data == nil ? nil : type
        let data = data ?? ""
        size = Self.size(topics, data, type, id)
        self.data = data
        self.isEnd = isEnd
        self.isPrivate = isPrivate
        self.type = type
        self.id = id
        self.retry = retry
    }

    static func check(type: Span<UInt8>) throws(HubError) {
        guard EventEncoder.isValidField(type) else {
            throw HubError(.badEvent, "the type holds a line end or NUL: remove it")
        }
        guard !type.holds("fanfare.".utf8.span, at: 0) else {
            throw HubError(.badEvent, "a type must not begin with \"fanfare.\": those are the hub's own")
        }
    }

    static func check(retry: Milliseconds?) throws(HubError) {
        guard let retry else { return }
        guard (0...longestRetry).contains(retry) else {
            throw HubError(.badEvent, "retry is in milliseconds, from 0 to \(longestRetry)")
        }
    }

    private static func size(_ topics: OneOrMore<TopicName>, _ data: String, _ type: String?, _ id: String?) -> Int {
        var bytes = data.utf8.count + (type?.utf8.count ?? 0) + (id?.utf8.count ?? 0)
        for topic in topics { bytes += topic.text.utf8.count }
        return bytes
    }

    /// Whether both say the same, byte for byte.
    package static func == (one: Draft, other: Draft) -> Bool {
        func isSame(_ one: String?, _ other: String?) -> Bool {
            guard let one, let other else { return one == nil && other == nil }
            return one.hasBytes(of: other)
        }
        return one.topics == other.topics && isSame(one.data, other.data) && isSame(one.type, other.type)
            && isSame(one.id, other.id) && one.retry == other.retry && one.isEnd == other.isEnd
            && one.isSilent == other.isSilent && one.isPrivate == other.isPrivate
    }

    /// What goes out as `data:`, if anything does.
    var firingData: String? { isSilent ? nil : data }

    private static func eachOnce(_ topics: OneOrMore<TopicName>) -> OneOrMore<TopicName> {
        var seen: Set<TopicName> = [topics[0]]
        return OneOrMore(topics[0], topics.dropFirst().filter { seen.insert($0).inserted })
    }
}
