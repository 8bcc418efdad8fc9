// Owns the blocks that the hub puts into streams of its own accord. Must never make an event fire that nobody
// published, save for the gap.

import EventStream
import JSONText
import TimerWheel

/// The blocks that the hub itself puts into streams.
enum Blocks {
    /// A heartbeat: a comment with nothing in it.
    static let heartbeat: [UInt8] = Array(":\n".utf8)

    /// The block that a stream begins with, or that tells of a gap in mid-stream.
    static func appendOpening(id: String, gap: Gap?, retry: Milliseconds?, to bytes: inout [UInt8]) {
        EventEncoder.appendBlock(
            id: id, type: gap == nil ? nil : Gap.eventType, data: gap.map(\.text), retryMilliseconds: retry,
            to: &bytes)
    }

    /// The block that a stream ends with.
    static func appendFarewell(id: String, retry: Milliseconds, reason: String, to bytes: inout [UInt8]) {
        EventEncoder.appendComment(reason, to: &bytes)
        EventEncoder.appendBlock(id: id, type: nil, data: nil, retryMilliseconds: retry, to: &bytes)
    }
}

extension Gap {
    /// The type of the event that tells of a gap.
    package static var eventType: String { "fanfare.gap" }

    /// What that event's data is: a JSON object.
    package var text: String {
        var json = JSONWriter()
        json.beginObject()
        json.key("requested")
        json.string(requested)
        json.key("reason")
        json.string(reason.rawValue)
        json.key("repeats")
        json.bool(repeats)
        json.endObject()
        return String(decoding: json.finish(), as: UTF8.self)
    }
}
