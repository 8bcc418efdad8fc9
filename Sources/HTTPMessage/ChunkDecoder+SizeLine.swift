// Owns the grammar of the line before a chunk: `1a;name=value` (RFC 9112 sections 7.1 and 7.1.1). Extensions are read,
// bounded, and ignored.

extension ChunkDecoder {
    /// One octet outside of data and trailers.
    mutating func read(_ octet: UInt8, _ limits: MessageLimits) throws(MessageError) {
        switch state {
        case .size:
            try readSize(octet)
        case .sizeLineFeed:
            guard octet == ASCII.lineFeed else {
                throw refused("A chunk's size line holds a bare CR; end it with CRLF.")
            }
            try endSizeLine(limits)
        case .dataReturn:
            guard octet == ASCII.carriageReturn else {
                throw refused("A chunk's data is not followed by CRLF; its size is wrong.")
            }
            state = .dataLineFeed
        case .dataLineFeed:
            guard octet == ASCII.lineFeed else {
                throw refused("A chunk's data is not followed by CRLF; its size is wrong.")
            }
            state = .size
            size = 0
            digits = 0
        case .data, .trailers:
            break
        default:
            extensionBytes += 1
            guard extensionBytes <= limits.chunkExtensionBytes else {
                throw refused("The chunk extensions are too long; send none.")
            }
            try readExtension(octet)
        }
    }

    private mutating func readSize(_ octet: UInt8) throws(MessageError) {
        if let digit = ASCII.hexValue(octet) {
            digits += 1
            guard digits <= 16, size <= Int.max >> 4 else {
                throw refused("A chunk's size is too large; send at most 16 hexadecimal digits.")
            }
            size = size << 4 | Int(digit)
            return
        }
        guard digits > 0 else { throw refused("A chunk has no size; send it as hexadecimal digits.") }
        switch octet {
        case ASCII.carriageReturn: state = .sizeLineFeed
        case ASCII.semicolon: state = .extensionNameStart
        default: throw refused("A chunk's size holds an octet that is no hexadecimal digit.")
        }
    }

    private mutating func readExtension(_ octet: UInt8) throws(MessageError) {
        switch (state, octet) {
        case (.extensionName, ASCII.carriageReturn), (.extensionValue, ASCII.carriageReturn),
            (.quotedEnd, ASCII.carriageReturn):
            state = .sizeLineFeed
        case (.extensionName, ASCII.semicolon), (.extensionValue, ASCII.semicolon), (.quotedEnd, ASCII.semicolon):
            state = .extensionNameStart
        case (.extensionName, ASCII.equals):
            state = .extensionValueStart
        case (.extensionValueStart, ASCII.quote):
            state = .quoted
        case (.quoted, ASCII.quote):
            state = .quotedEnd
        case (.quoted, ASCII.backslash):
            state = .quotedPair
        case (.quoted, _) where ASCII.isFieldContent(octet), (.quotedPair, _) where ASCII.isFieldContent(octet):
            state = .quoted
        case (.extensionNameStart, _) where ASCII.isToken(octet), (.extensionName, _) where ASCII.isToken(octet):
            state = .extensionName
        case (.extensionValueStart, _) where ASCII.isToken(octet), (.extensionValue, _) where ASCII.isToken(octet):
            state = .extensionValue
        default:
            throw refused("A chunk extension is malformed; send none, or `;name=value` without white space.")
        }
    }

    private func refused(_ detail: String) -> MessageError { MessageError(sender.failure, detail) }
}
