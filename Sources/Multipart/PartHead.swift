// Owns what the lines before a part's body say (RFC 7578, section 4). Strict by purpose, as the reader of requests is.

import HTTPMessage

/// The head of a part.
package struct PartHead: Sendable, Equatable {
    /// One line of it.
    package struct Field: Sendable, Equatable {
        /// As it was sent.
        package let name: String
        /// Without blanks around it; what is not UTF-8 is U+FFFD.
        package let value: String
    }

    /// All lines, in order.
    package private(set) var fields: [Field] = []
    /// The name of the form's field.
    package private(set) var name = ""
    /// The name that the client has for the file, if it is one. It is any text at all.
    package private(set) var fileName: String?
    /// The media type, as the client has it.
    package var contentType: String? { self["Content-Type"] }

    init() {}

    /// Reads a head, up to and with its empty line.
    init(_ bytes: [UInt8], atMost most: Int) throws(MultipartError) {
        var rest = bytes[...]
        while let end = rest.firstIndex(of: ASCII.carriageReturn) {
            let line = rest[..<end]
            guard rest[(end + 1)...].first == ASCII.lineFeed else { throw Self.badLine }
            rest = rest[(end + 2)...]
            if line.isEmpty { break }
            guard fields.count < most else {
                throw MultipartError(.headTooLarge, "A part has more than \(most) fields; send fewer.")
            }
            fields.append(try Self.field(line))
        }
        let dispositions = fields.filter { ASCII.isSame($0.name, "Content-Disposition") }
        guard dispositions.count == 1 else {
            throw MultipartError(.malformed, "A part has no Content-Disposition, or more than one; send one.")
        }
        let disposition = try Disposition(dispositions[0].value)
        name = disposition.name
        fileName = disposition.fileName
    }

    /// The value of the first field with a name, whatever its case.
    package subscript(name: String) -> String? { fields.first { ASCII.isSame($0.name, name) }?.value }

    private static func field(_ line: ArraySlice<UInt8>) throws(MultipartError) -> Field {
        guard let colon = line.firstIndex(of: ASCII.colon), colon > line.startIndex,
            line[..<colon].allSatisfy(ASCII.isToken)
        else { throw badLine }
        let value = line[(colon + 1)...]
        guard value.allSatisfy(ASCII.isFieldContent) else {
            throw MultipartError(.malformed, "A field of a part's head has a control character; take it out.")
        }
        return Field(name: String(decoding: line[..<colon], as: UTF8.self), value: Octet.trimmedText(value))
    }

    private static let badLine = MultipartError(
        .malformed, "A line of a part's head is not `Name: value` with CRLF at its end.")
}
