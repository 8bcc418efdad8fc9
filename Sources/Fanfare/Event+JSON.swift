// Owns the way from a program's values to an event's data. Values are escaped as JSON: none may become a member of its own.

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

    /// An event whose data is a value in JSON: members in the order of their names, dates as RFC 3339 has them, in UTC with
    /// milliseconds. A literal of texts is the members in their order, as above.
    ///
    /// - Throws: `EncodingError`, or what the value's own encoding throws.
    @_disfavoredOverload
    public init(json value: some Encodable, type: String? = nil, id: String? = nil) throws {
        self.init(data: String(decoding: try CodableJSON.bytes(of: value), as: UTF8.self), type: type, id: id)
    }
}
