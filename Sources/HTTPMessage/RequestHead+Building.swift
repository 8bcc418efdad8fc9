// Owns the making of heads from parts, for a client and for versions of HTTP that send no text.

extension RequestHead {
    /// A head from its parts, held to the same rules as one that came over the wire.
    ///
    /// - Parameter fields: names and values; with a Host field, and with what frames the body.
    /// - Throws: the status that a request with these parts is answered.
    package init(
        _ method: Method, _ target: String, fields: [(name: String, value: String)],
        limits: MessageLimits = MessageLimits()
    ) throws(MessageError) {
        var bytes: [UInt8] = []
        try Self.write(method, target, fields: fields, to: &bytes)
        var parser = RequestParser(limits: limits)
        var offset = 0
        switch parser.next(bytes.span, from: &offset) {
        case .head where offset == bytes.count: self = parser.head
        case .failed(let error): throw error
        default: throw MessageError(.badRequest, "The parts do not make one head.")
        }
    }

    /// Appends a request's head to a buffer, for a client that sends it.
    ///
    /// - Throws: status 400 if the target holds an octet outside 0x21 to 0x7E, 500 if a field could break the head.
    package static func write(
        _ method: Method, _ target: String, fields: [(name: String, value: String)], to buffer: inout [UInt8]
    ) throws(MessageError) {
        guard !target.isEmpty, target.utf8.allSatisfy({ $0 &- 0x21 < 0x5E }) else {
            throw MessageError(.badRequest, "The target holds an octet that must be percent-encoded.")
        }
        guard Method(method.name) != nil else {
            throw MessageError(.badRequest, "The method is no token.")
        }
        var lines = Fields()
        for field in fields { try lines.append(field.name, field.value) }
        buffer.append(contentsOf: method.name.utf8)
        buffer.append(ASCII.space)
        buffer.append(contentsOf: target.utf8)
        buffer.append(contentsOf: " HTTP/1.1\r\n".utf8)
        buffer.append(contentsOf: lines.bytes)
        buffer.append(contentsOf: "\r\n".utf8)
    }
}
