extension HTTPClient {
    /// One field of a head; names are compared without regard to case (RFC 9110, 5.1).
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String

        /// A field as it is sent; a CR, LF or NUL in either part makes the request fail.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A request as it is sent: its URL is absolute, `http` or `https`, and already percent-encoded.
    package struct Request: Sendable {
        package var method: String
        package var url: String
        package var fields: [Field]
        /// `nil` sends no body; an empty one sends `Content-Length: 0`.
        package var body: [UInt8]?

        /// A request; only what is given here is sent, beside `Host`, `User-Agent`, `Accept` and the body's length.
        package init(_ method: String = "GET", _ url: String, fields: [Field] = [], body: [UInt8]? = nil) {
            self.method = method
            self.url = url
            self.fields = fields
            self.body = body
        }
    }

    /// The head of a response, and its body as it comes.
    package struct Response: Sendable {
        package let status: Int
        /// In the order received; a name may occur several times.
        package let fields: [Field]
        /// Can be read once. Letting go of it ends the transfer.
        package let body: Body

        /// The first value of the field of that name, in any case.
        package subscript(_ name: String) -> String? {
            fields.first { $0.name.equalsIgnoringCase(name) }?.value
        }
    }
}

extension String {
    /// Whether both are equal, ASCII letters taken without regard to case.
    func equalsIgnoringCase(_ other: String) -> Bool {
        utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension UInt8 {
    fileprivate var asciiLowercased: UInt8 { (65...90).contains(self) ? self | 0x20 : self }
}
