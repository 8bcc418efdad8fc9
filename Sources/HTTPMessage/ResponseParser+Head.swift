// Owns the reading of a response's head (RFC 9112 sections 4 and 6.3).

extension ResponseParser {
    /// More interim responses before a final one than any server has cause to send.
    private static var mostInterimResponses: Int { 32 }

    mutating func readHead(_ input: Span<UInt8>, _ offset: inout Int) throws(MessageError) -> ParseAction {
        while true {
            while let line = cursor.nextLine(in: head.fields.bytes) {
                guard try readLine(line) else { continue }
                let surplus = head.fields.bytes.count - line.upperBound
                head.fields.bytes.removeLast(surplus)
                offset -= surplus
                try finishHead()
                if head.status.isInformational, head.status != .switchingProtocols {
                    interimResponses += 1
                    guard interimResponses <= Self.mostInterimResponses else {
                        throw MessageError(.badGateway, "The server sends interim responses without end.")
                    }
                    beginHead()
                    continue
                }
                beginBody()
                return .head
            }
            guard offset < input.count else { return .needsMore }
            guard head.fields.bytes.count < limits.headBytes else {
                throw MessageError(.badGateway, "The head of the response is too large.")
            }
            head.fields.bytes.take(input, from: &offset, limit: limits.headBytes)
        }
    }

    /// - Returns: whether the line was the empty one that ends the head.
    private mutating func readLine(_ line: Range<Int>) throws(MessageError) -> Bool {
        let content = try FieldLine.content(line, in: head.fields.bytes, from: .server)
        guard hasStatusLine else {
            try readStatusLine(head.fields.bytes, content)
            hasStatusLine = true
            return false
        }
        if content.isEmpty { return true }
        if ASCII.isBlank(head.fields.bytes[content.lowerBound]) {
            try unfold(content)
            return false
        }
        guard head.fields.count < limits.fieldCount else {
            throw MessageError(.badGateway, "The response has too many fields.")
        }
        head.fields.places.append(try FieldLine.parse(content, in: head.fields.bytes, from: .server))
        return false
    }

    /// `HTTP/1.1 200 OK`; the reason, and the space before it, may be missing (RFC 9112 section 4).
    private mutating func readStatusLine(_ bytes: [UInt8], _ line: Range<Int>) throws(MessageError) {
        let start = line.lowerBound
        guard line.count >= 12, bytes[line.prefix(7)].elementsEqual("HTTP/1.".utf8), ASCII.isDigit(bytes[start + 7]),
            bytes[start + 8] == ASCII.space, line.count == 12 || bytes[start + 12] == ASCII.space,
            bytes[(start + 9)..<(start + 12)].allSatisfy(ASCII.isDigit),
            let status = Status(bytes[(start + 9)..<(start + 12)].reduce(0) { $0 * 10 + Int($1 - ASCII.zero) })
        else { throw MessageError(.badGateway, "The response does not begin with an HTTP/1.1 status line.") }
        head.version = bytes[start + 7] == ASCII.zero ? .http10 : .http11
        head.status = status
    }

    /// Joins a folded line to the field before it, with spaces in place of the fold (RFC 9112 section 5.2).
    private mutating func unfold(_ line: Range<Int>) throws(MessageError) {
        guard let last = head.fields.places.indices.last else {
            throw MessageError(.badGateway, "The first field line of the response begins with white space.")
        }
        let folded = ASCII.trimmed(line, in: head.fields.bytes)
        guard head.fields.bytes[folded].allSatisfy(ASCII.isFieldContent) else {
            throw MessageError(.badGateway, "A field value of the response holds a control character.")
        }
        let value = head.fields.places[last].value
        guard !folded.isEmpty else { return }
        for index in value.upperBound..<folded.lowerBound { head.fields.bytes[index] = ASCII.space }
        head.fields.places[last].value =
            value.isEmpty ? folded : value.lowerBound..<folded.upperBound
    }

    private mutating func finishHead() throws(MessageError) {
        var framing = FramingFields()
        for place in head.fields.places { try framing.note(place, in: head.fields.bytes, from: .server) }
        head.keepAlive = framing.persists(head.version)
        if answersHead || head.status.forbidsContent {
            head.bodyFraming = .none
        } else if framing.hasTransferEncoding {
            // A coding wins over a length, and then nothing is certain about what follows (RFC 9112 section 6.3).
            if framing.contentLength != nil { head.keepAlive = false }
            guard !framing.hasUnknownCoding else {
                throw MessageError(.badGateway, "The response has a transfer coding that is not known here.")
            }
            head.bodyFraming = .chunked
        } else if let length = framing.contentLength {
            guard length <= limits.bodyBytes else {
                throw MessageError(.badGateway, "The body is larger than this client accepts.")
            }
            head.bodyFraming = .length(length)
        } else {
            head.bodyFraming = .untilClose
            head.keepAlive = false
        }
    }
}
