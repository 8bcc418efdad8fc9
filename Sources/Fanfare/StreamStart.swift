// Owns the words for where a stream begins. What a client says of it is read elsewhere.

import Hub
import TimerWheel

/// Where in the history of its topics a stream begins.
public enum StreamStart: Sendable, Hashable {
    /// With what comes next.
    case now
    /// After the event of this id. If it is not known any more, the stream begins with a `fanfare.gap`.
    case after(String)
    /// With the earliest event that is kept.
    case earliest
    /// With the last so many events that match; less than none is none.
    case last(Int)
    /// With the events of this last length of time.
    case ago(Duration)
    /// With the events since a time, in milliseconds since 1970 UTC.
    case time(millisecondsSince1970: Int)
    /// With what its user has not read. For inboxes alone: only there the hub knows.
    case unread

    /// As the log has it; `nil` for what only an inbox knows.
    var start: Start? {
        switch self {
        case .now: .now
        case .after(let id): .after(id)
        case .earliest: .earliest
        case .last(let count): .last(max(0, count))
        case .ago(let age): .ago(age.milliseconds)
        case .time(let time): .since(time)
        case .unread: nil
        }
    }
}
