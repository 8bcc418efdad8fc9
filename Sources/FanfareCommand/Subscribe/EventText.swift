internal import EventStream
internal import JSONText

/// How `fanfare subscribe` shows an event.
enum EventText {
    /// The event's data as it is, or an object with `id`, `type` and `data`; one line end behind it.
    static func bytes(of event: ReceivedEvent, asJSON: Bool) -> [UInt8] {
        guard asJSON else { return Array(event.data.utf8) + [0x0A] }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", event.lastEventID)
        writer.member("type", event.type)
        writer.member("data", event.data)
        writer.endObject()
        return writer.finish() + [0x0A]
    }

    /// What a gap means to the person who reads, if the event is one.
    static func gapNotice(of event: ReceivedEvent) -> String? {
        guard event.type == "fanfare.gap" else { return nil }
        let gap = try? JSONValue(parsing: event.data.utf8)
        let reason =
            switch gap?["reason"]?.string {
            case "expired": "the hub no longer keeps all events since then"
            case "epoch": "the hub's log has begun anew since then"
            case "unknown": "the hub does not know that id"
            default: "the hub does not say why"
            }
        let after = gap?["requested"]?.string.map { " after \($0)" } ?? ""
        let repeats = gap?["repeats"]?.bool == true ? "; some of what follows may be a repeat" : ""
        return "events\(after) are missing: \(reason)\(repeats)"
    }
}
