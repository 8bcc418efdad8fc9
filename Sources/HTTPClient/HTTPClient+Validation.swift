extension HTTPClient.Request {
    /// Refuses what would put more on the wire than one request: the values may come from anywhere.
    func validate() throws(HTTPClientError) {
        guard Origin(of: url) != nil, url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw .invalidURL(url) }
        guard method.isToken else { throw HTTPClientError(.invalidRequest, "'\(method)' is not a method") }
        for field in fields {
            guard field.name.isToken else {
                throw HTTPClientError(.invalidRequest, "'\(field.name)' is not the name of a field")
            }
            guard field.value.utf8.allSatisfy({ $0 != 0x0D && $0 != 0x0A && $0 != 0x00 }) else {
                throw HTTPClientError(.invalidRequest, "the value of \(field.name) holds a line end or a NUL")
            }
        }
    }
}

extension String {
    /// A `token` of RFC 9110, 5.6.2.
    fileprivate var isToken: Bool {
        !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}

extension Duration {
    /// Whole milliseconds, at least one.
    var milliseconds: Int64 {
        max(1, components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
