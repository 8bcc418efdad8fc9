// Owns one response's head, to be sent or as received. What frames the message (Content-Length, Transfer-Encoding,
// Connection) and the Date are the writer's alone: a handler that set them could break the connection for the next request.

/// The head of a response (RFC 9112 section 4).
package struct ResponseHead: Sendable {
    /// The result.
    package var status: Status
    /// The version that a received response was sent in.
    package internal(set) var version = HTTPVersion.http11
    /// The fields without those that frame, or all that were received.
    package internal(set) var fields = Fields()
    /// How the end of a received response's body is found.
    package internal(set) var bodyFraming = BodyFraming.none
    /// Whether the connection outlives a received response.
    package internal(set) var keepAlive = true

    /// A head without fields.
    package init(_ status: Status) { self.status = status }

    /// The value of the first field with a name, whatever its case; nil if there is none.
    package subscript(name: FieldName) -> String? { fields[name] }

    /// The value of the first field with a name, whatever its case; nil if there is none.
    package subscript(name: String) -> String? { fields[name] }

    /// Appends a field.
    ///
    /// - Throws: status 500 if name or value could break the head, or if the field is the writer's.
    package mutating func append(_ name: FieldName, _ value: String) throws(MessageError) {
        try append(name.spelling, value)
    }

    /// Appends a field.
    ///
    /// - Throws: status 500 if name or value could break the head, or if the field is the writer's.
    package mutating func append(_ name: String, _ value: String) throws(MessageError) {
        let mark = (fields.bytes.count, fields.places.count)
        try fields.append(name, value)
        switch fields.places.last?.known {
        case .connection, .contentLength, .date, .transferEncoding:
            fields.bytes.removeLast(fields.bytes.count - mark.0)
            fields.places.removeLast(fields.places.count - mark.1)
            throw MessageError(.internalServerError, "A field that frames the response is written by the server alone.")
        default: break
        }
    }

    /// Appends a field whose value stands in the source; a value that could break the head is a programmer's error.
    package mutating func append(_ name: FieldName, literal value: StaticString) {
        do throws(MessageError) {
            try append(name.spelling, value.description)
        } catch {
            preconditionFailure(error.detail)
        }
    }
}
