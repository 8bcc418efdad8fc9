import HTTPMessage
import Hub
import JSONText

/// An answer that is there in full: a status, some fields, a body.
struct Answer: Sendable {
    var status: Status
    /// The media type of the body.
    var type: String?
    var body: [UInt8]
    var fields: [(String, String)] = []

    init(_ status: Status, type: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.type = type
        self.body = body
    }

    /// An answer in JSON.
    static func json(_ status: Status = .ok, _ write: (inout JSONWriter) -> Void) -> Answer {
        var json = JSONWriter()
        write(&json)
        var answer = Answer(status, type: "application/json", body: json.finish())
        // What the hub knows changes with every event.
        answer.fields.append(("Cache-Control", "no-store"))
        return answer
    }

    /// The bytes of head and body, and whether the connection goes on after them.
    ///
    /// - Throws: `MessageError` when a field could break the head.
    func bytes(answering context: ResponseContext, date: [UInt8]) throws(MessageError) -> (
        bytes: [UInt8], keepAlive: Bool
    ) {
        var head = ResponseHead(status)
        if let type { try head.append("Content-Type", type) }
        for (name, value) in fields { try head.append(name, value) }
        try head.append("X-Content-Type-Options", "nosniff")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count + 256)
        let framing = head.write(to: &bytes, answering: context, content: .length(body.count), date: date)
        if framing.body != .none { bytes += body }
        return (bytes, framing.keepAlive)
    }
}
