// Owns the form of an event in the file. What a row holds was checked before it was written, and is checked again: it
// may have been changed by others since.

import Hub
import TimerWheel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An event as a row of the table `events`.
enum EventRow {
    /// The columns that `event` reads, in its order.
    static let columns = "position, time, arrival, topics, id, type, retry, publisher, data, ends, private"

    private static let end = 1
    private static let silentEnd = 2

    /// What the column `ends` has for an event.
    static func ends(_ draft: Draft) -> Int? { draft.isEnd ? draft.isSilent ? silentEnd : end : nil }

    /// The columns that `addBlock` reads, in its order.
    static let blockColumns = "position, topics, id, type, retry, data, ends, private"

    /// The names of topics as one text. No topic holds a line feed.
    static func text(of topics: OneOrMore<TopicName>) -> String {
        topics.count == 1 ? topics[0].text : topics.map(\.text).joined(separator: "\n")
    }

    /// The topics of such a text.
    static func topics(of text: String) throws(SQLiteLogError) -> OneOrMore<TopicName> {
        var names: [TopicName] = []
        do throws(HubError) {
            if !text.utf8.contains(UInt8(ascii: "\n")) { return OneOrMore(try TopicName(text)) }
            for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
                names.append(try TopicName(String(part)))
            }
        } catch {
            throw damage(error)
        }
        return OneOrMore(names)!
    }

    /// The event of the row at which a statement stands.
    static func event(of row: Statement, _ epochs: Epochs) throws(SQLiteLogError) -> LoggedEvent {
        let position = row.int(0)
        let topics = try topics(of: row.text(3))
        let draft: Draft
        do throws(HubError) {
            draft = try Draft(
                topics: topics, data: row.int(9) == silentEnd ? nil : row.text(8), type: row.optionalText(5),
                id: row.optionalText(4), retry: row.optionalInt(6), isEnd: !row.isNull(9),
                isPrivate: !row.isNull(10))
        } catch {
            throw damage(error)
        }
        guard position > 0 else { throw SQLiteLogError(.failed, "the file is damaged (a position below 1)") }
        return LoggedEvent(
            draft, position: position, epoch: epochs.name(at: position), publisher: row.optionalText(7),
            clock: Clock(now: row.int(2), time: row.int(1)))
    }

    /// Adds the row at which a statement stands to a page, as a block. Tells whether the page is full.
    static func addBlock(
        of row: Statement, _ epochs: inout EpochCursor, to page: inout PageBuilder
    ) throws(SQLiteLogError) -> Bool {
        let position = row.int(0)
        guard position > 0 else { throw SQLiteLogError(.failed, "the file is damaged (a position below 1)") }
        do throws(HubError) {
            // Each is valid as long as the row is, and the row does not move meanwhile.
            let id = row.bytes(2)
            let type = row.bytes(3)
            let data = row.bytes(5)
            try checkTopics(row.bytes(1))
            return try page.addBlock(
                position: position, epoch: epochs.name(at: position), id: Span(_unsafeElements: id),
                type: Span(_unsafeElements: type),
                data: row.int(6) == silentEnd ? nil : Span(_unsafeElements: data), retry: row.optionalInt(4))
        } catch {
            throw damage(error)
        }
    }

    /// Refuses topics that nobody may publish to.
    private static func checkTopics(_ text: UnsafeBufferPointer<UInt8>) throws(HubError) {
        var start = 0
        while start <= text.count {
            let end = endOfTopic(in: text, from: start)
            let topic = Span(_unsafeElements: UnsafeBufferPointer(rebasing: text[start..<end]))
            try TopicName.check(topic)
            if topic[0] == UInt8(ascii: "$") { throw HubError(.reservedTopic, "a topic is one of the hub's own") }
            start = end + 1
        }
    }

    /// What the column `private` has for an event.
    static func privacy(_ draft: Draft) -> Int? { draft.isPrivate ? 1 : nil }

    /// Whether the row at which a statement stands is that of a private event of which none of some patterns matches a
    /// topic.
    ///
    /// - Parameter isBlock: whether the statement has the columns for blocks, and not those for events.
    static func isHidden(_ row: Statement, isBlock: Bool, from patterns: [TopicPattern]) -> Bool {
        !row.isNull(isBlock ? 7 : 10) && !matches(patterns, row.bytes(isBlock ? 1 : 3))
    }

    /// Whether any of some patterns matches any of the topics of a text, which need not have been checked.
    static func matches(_ patterns: [TopicPattern], _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var start = 0
        while start <= text.count {
            let end = endOfTopic(in: text, from: start)
            if patterns.match(Span(_unsafeElements: UnsafeBufferPointer(rebasing: text[start..<end]))) { return true }
            start = end + 1
        }
        return false
    }

    private static func endOfTopic(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let base = text.baseAddress, let end = memchr(base + start, 0x0A, text.count - start) else {
            return text.count
        }
        return base.distance(to: end.assumingMemoryBound(to: UInt8.self))
    }

    private static func damage(_ error: HubError) -> SQLiteLogError {
        SQLiteLogError(.failed, "the file is damaged (\(error.description))")
    }
}
