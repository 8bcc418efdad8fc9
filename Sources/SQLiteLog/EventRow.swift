// Owns the form of an event in the file. What a row holds was checked before it was written, and is checked again: it
// may have been changed by others since.

import Hub
import TimerWheel

/// An event as a row of the table `events`.
enum EventRow {
    /// The columns that `event` reads, in its order.
    static let columns = "position, time, arrival, topics, id, type, retry, publisher, data, ends"

    private static let end = 1
    private static let silentEnd = 2

    /// What the column `ends` has for an event.
    static func ends(_ draft: Draft) -> Int? { draft.isEnd ? draft.isSilent ? silentEnd : end : nil }

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
                id: row.optionalText(4), retry: row.optionalInt(6), isEnd: !row.isNull(9))
        } catch {
            throw damage(error)
        }
        guard position > 0 else { throw SQLiteLogError(.failed, "the file is damaged (a position below 1)") }
        return LoggedEvent(
            draft, position: position, epoch: epochs.name(at: position), publisher: row.optionalText(7),
            clock: Clock(now: row.int(2), time: row.int(1)))
    }

    private static func damage(_ error: HubError) -> SQLiteLogError {
        SQLiteLogError(.failed, "the file is damaged (\(error.description))")
    }
}
