// Owns what the fields of a request mean for reading it: its host, its body's end, and what the client expects.

extension RequestParser {
    /// Takes note of a field that decides how the request is read.
    mutating func note(_ known: FieldName, _ place: Fields.Place, _ bytes: [UInt8]) throws(MessageError) {
        switch known {
        case .host:
            guard head.authority == nil else {
                throw MessageError(.badRequest, "There are two Host fields; send one.")
            }
            guard let name = Authority.host(bytes, place.value) else {
                throw MessageError(.badRequest, "The Host field is not a host with an optional port.")
            }
            head.authority = place.value
            head.hostName = name
        case .expect:
            // Expectations are not of HTTP/1.0 and are ignored there (RFC 9110 section 10.1.1).
            guard head.version == .http11 else { return }
            guard ASCII.spells("100-continue", bytes, place.value) else {
                throw MessageError(.expectationFailed, "The only expectation that is met here is `100-continue`.")
            }
            head.expectsContinue = true
        default:
            try framing.note(place, in: bytes, from: .client)
        }
    }

    /// The head is complete: judges what its fields say together.
    mutating func finishHead() throws(MessageError) {
        try resolveAuthority()
        head.keepAlive = framing.persists(head.version)
        if framing.hasTransferEncoding {
            try finishCodings()
            head.bodyFraming = .chunked
        } else if let length = framing.contentLength {
            guard length <= max(limits.bodyBytes, limits.streamedBodyBytes) else { throw RequestHead.tooLarge }
            head.bodyFraming = .length(length)
        }
        switch head.bodyFraming {
        case .none, .length(0): head.expectsContinue = false
        default: break
        }
    }

    private func finishCodings() throws(MessageError) {
        guard framing.contentLength == nil else {
            throw MessageError(.badRequest, "The request has both Content-Length and Transfer-Encoding; send one.")
        }
        guard head.version == .http11 else {
            throw MessageError(.badRequest, "HTTP/1.0 has no Transfer-Encoding; send Content-Length.")
        }
        guard !framing.hasUnknownCoding else {
            throw MessageError(.notImplemented, "The only transfer coding that is known here is `chunked`.")
        }
    }

    /// The host of an absolute target wins over the Host field, which must be there all the same (RFC 9112 section 3.2).
    private mutating func resolveAuthority() throws(MessageError) {
        if head.authority == nil, head.version == .http11 {
            throw MessageError(.badRequest, "The request has no Host field; HTTP/1.1 requires one.")
        }
        if let authority = head.requestTarget.authority {
            head.authority = authority
            head.hostName = Authority.host(head.fields.bytes, authority)
        } else if let host = head.authority, host.isEmpty, head.requestTarget.isPath(in: head.fields.bytes) {
            // An http URL without a host is not valid (RFC 9110 section 4.2.1).
            throw MessageError(.badRequest, "The Host field is empty; name the host.")
        }
    }
}
