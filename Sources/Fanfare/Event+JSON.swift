// Owns the way from members to an event's data. Values are strings, escaped as JSON: none may become a member of its
// own.

public import EventStream
import JSONText

extension Event {
    /// An event whose data is a JSON object with these members, in this order.
    public init(json members: KeyValuePairs<String, String>, type: String? = nil, id: String? = nil) {
        var json = JSONWriter()
        json.object { json in
            for (name, value) in members { json.member(name, value) }
        }
        self.init(data: json.finishText(), type: type, id: id)
    }
}
