// Owns the reading of a request's head, line by line, in the order of its octets: the first fault decides, however the
// head was cut into reads.

extension RequestParser {
    mutating func readHead(_ input: Span<UInt8>, _ offset: inout Int) throws(MessageError) -> ParseAction {
        while true {
            if let end = try readLines(head.fields.bytes) {
                // What was copied beyond the head is not the head's: it goes back to the input.
                let surplus = head.fields.bytes.count - end
                head.fields.bytes.removeLast(surplus)
                offset -= surplus
                beginBody()
                return .head
            }
            if !hasRequestLine, head.fields.bytes.count > limits.requestLineBytes { throw overlongRequestLine() }
            guard offset < input.count else { return .needsMore }
            guard head.fields.bytes.count < limits.headBytes else {
                throw MessageError(.headTooLarge, "The head of the request is too large; send fewer or shorter fields.")
            }
            head.fields.bytes.take(input, from: &offset, limit: limits.headBytes)
        }
    }

    /// Reads the lines that are complete. The bytes are handed down as they are, so that they are retained once a read and
    /// not once a line.
    ///
    /// - Returns: where the head ends, or nil if it does not end yet.
    private mutating func readLines(_ bytes: [UInt8]) throws(MessageError) -> Int? {
        while let line = cursor.nextLine(in: bytes) {
            guard hasRequestLine else {
                if line.count > limits.requestLineBytes { throw overlongRequestLine() }
                try readRequestLine(bytes, FieldLine.content(line, in: bytes, from: .client))
                hasRequestLine = true
                continue
            }
            let content = try FieldLine.content(line, in: bytes, from: .client)
            if content.isEmpty {
                try finishHead()
                return line.upperBound
            }
            guard head.fields.count < limits.fieldCount else {
                throw MessageError(.headTooLarge, "The request has too many fields; send fewer.")
            }
            let place = try FieldLine.parse(content, in: bytes, from: .client)
            head.fields.places.append(place)
            if let known = place.known { try note(known, place, bytes) }
        }
        return nil
    }

    private func overlongRequestLine() -> MessageError {
        let beginning = head.fields.bytes.prefix(MessageLimits.methodBytes + 1)
        return beginning.contains(ASCII.space)
            ? MessageError(.uriTooLong, "The target of the request is too long; send a shorter one.")
            : MessageError(.badRequest, "This is no HTTP/1.1 request: its first line has no method.")
    }

    /// Method, target and version, each parted by one space (RFC 9112 section 3).
    private mutating func readRequestLine(_ bytes: [UInt8], _ line: Range<Int>) throws(MessageError) {
        let end = line.upperBound
        var index = line.lowerBound
        while index < end, ASCII.isToken(bytes[index]) { index &+= 1 }
        let method = line.lowerBound..<index
        guard !method.isEmpty, index < end, bytes[index] == ASCII.space else {
            throw MessageError(.badRequest, "The request line is not `METHOD target HTTP/1.1`.")
        }
        guard method.count <= MessageLimits.methodBytes else {
            throw MessageError(.notImplemented, "The method is longer than any this server knows.")
        }
        index &+= 1
        let targetStart = index
        while index < end, bytes[index] &- 0x21 < 0x5E { index &+= 1 }
        let target = targetStart..<index
        guard index < end else {
            throw MessageError(.badRequest, "The request line has no version; send `METHOD target HTTP/1.1`.")
        }
        guard bytes[index] == ASCII.space else {
            throw MessageError(
                .badRequest, "The target holds a control character or an octet outside ASCII; percent-encode it.")
        }
        guard !target.isEmpty else {
            throw MessageError(.badRequest, "The request line has more than one space between its parts.")
        }
        head.method = Method(bytes, method)
        head.version = try version(bytes, (index &+ 1)..<end)
        guard target.count <= limits.targetBytes else {
            throw MessageError(.uriTooLong, "The target of the request is too long; send a shorter one.")
        }
        head.requestTarget = try RequestTarget(target, method: head.method, in: bytes)
    }

    /// The version (RFC 9112 section 2.3). A higher minor version than 1 does not exist, so whoever sends one is wrong
    /// about more than the version.
    private func version(_ bytes: [UInt8], _ range: Range<Int>) throws(MessageError) -> HTTPVersion {
        // Eight octets are one word: a compare of numbers instead of one of texts.
        var word: UInt64 = 0
        if range.count == 8 {
            for index in range { word = word << 8 | UInt64(bytes[index]) }
        }
        let (major, minor) = (UInt8(truncatingIfNeeded: word >> 16), UInt8(truncatingIfNeeded: word))
        guard word & 0xFFFF_FFFF_FF00_FF00 == 0x4854_5450_2F00_2E00, ASCII.isDigit(major), ASCII.isDigit(minor)
        else { throw MessageError(.badRequest, "The request line does not end in ` HTTP/1.1`.") }
        switch (major, minor) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): return .http11
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): return .http10
        default: throw MessageError(.versionNotSupported, "This version of HTTP is not spoken here; send HTTP/1.1.")
        }
    }
}
