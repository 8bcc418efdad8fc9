// Owns what a request may hold. Nothing is sent that is not checked here.

internal import HTTPMessage

extension HTTPClient.Request {
    /// Refuses what would put more on the wire than one request: the values may come from anywhere.
    func validate() throws(HTTPClientError) {
        guard Origin(ofURL: url) != nil, url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .invalidURL(url)
        }
        guard ASCII.isToken(method) else { throw HTTPClientError(.invalidRequest, "'\(method)' is not a method") }
        for field in fields {
            guard ASCII.isToken(field.name) else {
                throw HTTPClientError(.invalidRequest, "'\(field.name)' is not the name of a field")
            }
            guard field.value.utf8.allSatisfy({ $0 != 0x0D && $0 != 0x0A && $0 != 0x00 }) else {
                throw HTTPClientError(.invalidRequest, "the value of \(field.name) holds a line end or a NUL")
            }
        }
    }
}
