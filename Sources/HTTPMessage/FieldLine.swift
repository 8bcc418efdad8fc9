// Owns the grammar of one field line, for heads and trailers, requests and responses. Must never accept from a request
// what another parser on the way could read differently.

import ByteSearch

/// Which side sent a message: requests are held to the letter, responses get the tolerance that RFC 9112 allows a client.
enum Sender: Sendable {
    case client
    case server

    /// The status of an error in a message from this side.
    var failure: Status { self == .client ? .badRequest : .badGateway }
}

/// Field lines and their ends (RFC 9112 section 5).
enum FieldLine {
    /// A line without its terminator.
    ///
    /// - Parameter line: one that ends in LF.
    /// - Throws: if a client ended it in LF alone (RFC 9112 section 2.2).
    @inline(__always)
    static func content(_ line: Range<Int>, in bytes: [UInt8], from sender: Sender) throws(MessageError) -> Range<Int> {
        let last = line.upperBound &- 1
        if last > line.lowerBound, bytes[last &- 1] == ASCII.carriageReturn { return line.lowerBound..<(last &- 1) }
        guard sender == .server else {
            throw MessageError(.badRequest, "A line of the head ends in a bare LF; end each line with CRLF.")
        }
        return line.lowerBound..<last
    }

    /// The name and value of a line without its terminator.
    static func parse(_ line: Range<Int>, in bytes: [UInt8], from sender: Sender) throws(MessageError) -> Fields.Place {
        // A known name is a token, and nearly all names are known.
        let colon = bytes.span.firstIndex(of: StopBytes(ASCII.colon, ASCII.colon), in: line)
        if colon < line.upperBound, let known = FieldName.recognize(bytes, line.lowerBound..<colon) {
            let value = try value(after: colon, to: line.upperBound, in: bytes, from: sender)
            return Fields.Place(name: line.lowerBound..<colon, value: value, known: known)
        }
        var index = line.lowerBound
        let end = line.upperBound
        while index < end, ASCII.isToken(bytes[index]) { index &+= 1 }
        let name = line.lowerBound..<index
        if sender == .server { while index < end, ASCII.isBlank(bytes[index]) { index &+= 1 } }
        guard !name.isEmpty, index < end, bytes[index] == ASCII.colon else {
            throw MessageError(sender.failure, complaint(name, stop: index < end ? bytes[index] : nil))
        }
        let value = try value(after: index, to: end, in: bytes, from: sender)
        return Fields.Place(name: name, value: value, known: FieldName.recognize(bytes, name))
    }

    /// The value behind a colon, without the white space around it.
    @inline(__always)
    private static func value(
        after colon: Int, to end: Int, in bytes: [UInt8], from sender: Sender
    ) throws(MessageError) -> Range<Int> {
        let value = ASCII.trimmed((colon &+ 1)..<end, in: bytes)
        if let control = firstControl(value, in: bytes) {
            let detail =
                control == ASCII.carriageReturn
                ? "A field value holds a bare CR; end each line with CRLF and send no other CR."
                : "A field value holds a control character; remove it or encode it."
            throw MessageError(sender.failure, detail)
        }
        return value
    }

    /// The first octet that no field's value may hold: any control but the tab.
    @inline(__always)
    private static func firstControl(_ value: Range<Int>, in bytes: [UInt8]) -> UInt8? {
        let controls = StopBytes(below: ASCII.space, ASCII.delete, ASCII.delete)
        var index = value.lowerBound
        while true {
            index = bytes.span.firstIndex(of: controls, in: index..<value.upperBound)
            guard index < value.upperBound else { return nil }
            if bytes[index] != ASCII.tab { return bytes[index] }
            index &+= 1
        }
    }

    private static func complaint(_ name: Range<Int>, stop: UInt8?) -> String {
        guard let stop else { return "A field line has no colon; write it as `Name: value`." }
        if ASCII.isBlank(stop) {
            return name.isEmpty
                ? "A field line begins with white space; obsolete line folding is not accepted, join the lines."
                : "There is white space before the colon of a field; remove it."
        }
        if stop == ASCII.colon { return "A field has an empty name." }
        if stop == ASCII.carriageReturn { return "A field line holds a bare CR; end each line with CRLF." }
        return "A field name holds an octet that is not allowed there; names are tokens."
    }
}
