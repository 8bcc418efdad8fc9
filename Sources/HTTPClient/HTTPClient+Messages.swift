// Owns what callers say and hear: a request, and a response. They are values; nothing here sends.

internal import HTTPMessage

extension HTTPClient {
    /// One field of a head; names are compared without regard to case (RFC 9110, 5.1).
    package struct Field: Sendable, Equatable {
        /// A token (RFC 9110, 5.6.2).
        package var name: String
        /// What stands behind the colon.
        package var value: String

        /// A field as it is sent; a CR, LF or NUL in either part makes the request fail.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A request as it is sent: its URL is absolute, `http` or `https`, and already percent-encoded.
    package struct Request: Sendable {
        /// Its name as it is sent: case counts (RFC 9110, 9.1).
        package var method: String
        /// Absolute and percent-encoded.
        package var url: String
        /// Sent in this order.
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
        /// From 200 on; what leads to another response was followed, if the client follows it.
        package let status: Int
        /// In the order received; a name may occur several times.
        package let fields: [Field]
        /// Can be read once. Letting go of it ends the transfer.
        package let body: Body

        /// The first value of the field of that name, in any case.
        package subscript(_ name: String) -> String? {
            fields.first { ASCII.isSame($0.name, name) }?.value
        }
    }
}
