// Owns the reading of a form in parts: bytes in, actions out, no I/O. Must never trap on input, hold more than a part's
// head, or depend on how the input was cut into pieces.

import ByteSearch
import HTTPMessage

/// Reads a form in parts (`multipart/form-data`: RFC 7578, and RFC 2046, section 5.1).
package struct MultipartParser: Sendable {
    enum State: Sendable {
        /// Before the first part, with so many bytes of a delimiter matched.
        case preamble(matched: Int)
        /// After a delimiter, with what has come of the rest of its line.
        case delimiterLine(Tail)
        case head
        /// In a part's body, with so many bytes of a delimiter matched, of which the first ones may be the head's.
        case body(matched: Int, ofHead: Int)
        /// After the last part, of which nobody was told.
        case ended
        case epilogue
        case failed(MultipartError)
    }

    /// What follows a delimiter on its line.
    enum Tail: Sendable {
        case nothing
        case dash
        case padding
        case carriageReturn
    }

    /// What parts are divided by: a line end, two dashes, and the boundary. Only its first byte is a CR.
    package let delimiter: [UInt8]
    private let limits: MultipartLimits
    /// The head of the present part.
    package private(set) var part = PartHead()
    /// At the beginning the line end of the first delimiter may be missing.
    private var state = State.preamble(matched: 2)
    private var head: [UInt8] = []
    private var parts = 0

    /// Reads a form whose parts are divided by a boundary.
    ///
    /// - Throws: `malformed` if it can be none (RFC 2046, section 5.1.1).
    package init(boundary: String, limits: MultipartLimits = MultipartLimits()) throws(MultipartError) {
        guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy(Octet.isBoundary),
            boundary.utf8.last != ASCII.space
        else {
            throw MultipartError(.malformed, "The boundary of the form is not one of 1 to 70 allowed characters.")
        }
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.limits = limits
    }

    /// Uses input from an offset on, and moves the offset past what was used.
    ///
    /// - Returns: what to do before calling again; after `needsMore` the offset is the input's end.
    /// - Throws: what is wrong, and from then on always the same.
    package mutating func next(_ input: Span<UInt8>, from offset: inout Int) throws(MultipartError) -> MultipartAction {
        do throws(MultipartError) {
            return try advance(input, &offset)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// The input is over.
    ///
    /// - Throws: `incomplete` if the form is not.
    package func finish() throws(MultipartError) {
        switch state {
        case .ended, .epilogue: return
        case .failed(let error): throw error
        default: throw MultipartError(.incomplete, "The form ends before its last boundary; send all of it.")
        }
    }

    private mutating func advance(_ input: Span<UInt8>, _ offset: inout Int) throws(MultipartError) -> MultipartAction {
        while true {
            switch state {
            case .preamble(let matched):
                // What stands there means nothing.
                switch search(input, &offset, matched) {
                case .found:
                    state = .delimiterLine(.nothing)
                case .partial(let matched, _):
                    state = .preamble(matched: matched)
                    return .needsMore
                case .mismatch:
                    state = .preamble(matched: 0)
                }
            case .delimiterLine(let tail):
                guard offset < input.count else { return .needsMore }
                let octet = input[offset]
                offset += 1
                if let action = try readDelimiterLine(octet, after: tail) { return action }
            case .head:
                guard try readHead(input, &offset) else { return .needsMore }
                return .part
            case .body(let matched, let headBytes):
                if let action = readBody(input, &offset, matched, headBytes) { return action }
            case .ended:
                state = .epilogue
                return .end
            case .epilogue:
                offset = input.count
                return .needsMore
            case .failed(let error):
                throw error
            }
        }
    }

    // MARK: - Delimiters

    /// What a search for the delimiter came to.
    private enum Search {
        /// The delimiter is complete; before it there are plain bytes in the range.
        case found(Range<Int>)
        /// The input ends with so many bytes of it; before them there are plain bytes in the range.
        case partial(Int, Range<Int>)
        /// So many bytes, which had matched, are plain.
        case mismatch(Int)
    }

    /// Looks for the delimiter, of which so many bytes have matched in earlier input. Bytes that matched hold no CR but the
    /// first, so after a mismatch the search goes on behind them.
    private func search(_ input: Span<UInt8>, _ offset: inout Int, _ before: Int) -> Search {
        if before > 0 {
            let matched = match(input, &offset, before)
            if matched == delimiter.count { return .found(offset..<offset) }
            return offset == input.count ? .partial(matched, offset..<offset) : .mismatch(matched)
        }
        let start = offset
        let carriageReturn = StopBytes(ASCII.carriageReturn, ASCII.carriageReturn)
        while true {
            let candidate = input.firstIndex(of: carriageReturn, in: offset..<input.count)
            offset = candidate
            let matched = match(input, &offset, 0)
            if matched == delimiter.count { return .found(start..<candidate) }
            if offset == input.count { return .partial(matched, start..<candidate) }
        }
    }

    /// Passes over bytes as long as they are the delimiter's, of which so many have matched.
    private func match(_ input: Span<UInt8>, _ offset: inout Int, _ before: Int) -> Int {
        var matched = before
        while offset < input.count, matched < delimiter.count, input[offset] == delimiter[matched] {
            offset += 1
            matched += 1
        }
        return matched
    }

    /// Reads what follows a delimiter: two dashes end the form, blanks mean nothing, and a line end begins a part.
    private mutating func readDelimiterLine(_ octet: UInt8, after tail: Tail) throws(MultipartError) -> MultipartAction?
    {
        switch (tail, octet) {
        case (.nothing, Octet.dash):
            state = .delimiterLine(.dash)
            return nil
        case (.dash, Octet.dash):
            state = .ended
        case (.nothing, ASCII.space), (.nothing, ASCII.tab), (.padding, ASCII.space), (.padding, ASCII.tab):
            state = .delimiterLine(.padding)
            return nil
        case (.nothing, ASCII.carriageReturn), (.padding, ASCII.carriageReturn):
            state = .delimiterLine(.carriageReturn)
            return nil
        case (.carriageReturn, ASCII.lineFeed):
            state = .head
        default:
            throw MultipartError(.malformed, "A line of the form begins with its boundary and goes on.")
        }
        // The first delimiter ends nothing.
        let isInPart = parts > 0
        if case .head = state { parts += 1 }
        guard parts <= limits.parts else {
            throw MultipartError(.tooManyParts, "The form has more than \(limits.parts) parts; send fewer.")
        }
        return isInPart ? .endOfPart : nil
    }

    // MARK: - Parts

    /// - Returns: whether the head is complete.
    private mutating func readHead(_ input: Span<UInt8>, _ offset: inout Int) throws(MultipartError) -> Bool {
        while offset < input.count {
            guard head.count < limits.headBytes else {
                throw MultipartError(.headTooLarge, "The head of a part has more than \(limits.headBytes) bytes.")
            }
            let octet = input[offset]
            head.append(octet)
            offset += 1
            guard octet == ASCII.lineFeed, head.count == 2 || head.suffix(4).elementsEqual("\r\n\r\n".utf8) else {
                continue
            }
            part = try PartHead(head, atMost: limits.fields)
            head.removeAll(keepingCapacity: true)
            // Where there is no body the line end of the delimiter may be the head's.
            state = .body(matched: 2, ofHead: 2)
            return true
        }
        return false
    }

    private mutating func readBody(
        _ input: Span<UInt8>, _ offset: inout Int, _ matched: Int, _ headBytes: Int
    ) -> MultipartAction? {
        switch search(input, &offset, matched) {
        case .found(let plain):
            state = .delimiterLine(.nothing)
            return plain.isEmpty ? nil : .body(plain)
        case .partial(let matched, let plain):
            state = .body(matched: matched, ofHead: headBytes)
            return plain.isEmpty ? .needsMore : .body(plain)
        case .mismatch(let count):
            state = .body(matched: 0, ofHead: 0)
            return count == headBytes ? nil : .heldBack(headBytes..<count)
        }
    }
}
