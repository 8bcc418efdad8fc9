// Reads a stream's bytes as a client does, and stricter.

import EventStream

/// One block of a stream: what stood between two empty lines.
struct ReadBlock: Equatable {
    /// The id that the block set.
    var id: String?
    var event: ReceivedEvent?
    var retry: Duration?
    var comments: [String] = []
}

/// A stream's bytes, taken apart.
struct ReadStream {
    var blocks: [ReadBlock] = []
    /// Comments after the last whole block.
    var tail: [String] = []
    var lastEventID = ""
    /// Whether all bytes belong to whole blocks and comment lines.
    var isWhole = true
    /// Whether the body ended as its framing has it.
    var isEnded = false

    /// How many blocks have an event, but for gaps.
    var eventCount: Int { blocks.count { $0.event.map { $0.type != "fanfare.gap" } ?? false } }

    /// Reads the body of a response.
    ///
    /// - Parameter isChunked: whether it comes in chunks.
    /// - Returns: `nil` when the chunks are malformed.
    init?(_ body: some Collection<UInt8>, isChunked: Bool, lastEventID: String = "") {
        var bytes = Array(body)
        if isChunked {
            guard let (content, isEnded) = Self.unchunked(bytes) else { return nil }
            bytes = content
            self.isEnded = isEnded
        }
        var parser = EventParser(lastEventID: lastEventID)
        var block = ReadBlock()
        var start = 0
        var lineStart = 0
        for index in bytes.indices where bytes[index] == 0x0A {
            let isEmptyLine = index == lineStart
            let line = bytes[lineStart..<index]
            lineStart = index + 1
            if line.starts(with: "id:".utf8) {
                block.id = String(decoding: line.dropFirst(line.dropFirst(3).first == 0x20 ? 4 : 3), as: UTF8.self)
            }
            guard isEmptyLine else { continue }
            do {
                try parser.consume(bytes[start...index]) { output in
                    switch output {
                    case .event(let event): block.event = event
                    case .retry(let retry): block.retry = retry
                    case .comment(let comment): block.comments.append(comment)
                    }
                }
            } catch {
                return nil
            }
            blocks.append(block)
            block = ReadBlock()
            start = index + 1
        }
        self.lastEventID = parser.lastEventID
        var rest = bytes[start...]
        while rest.starts(with: ":\n".utf8) {
            tail.append("")
            rest = rest.dropFirst(2)
        }
        isWhole = rest.isEmpty
    }

    /// The data of the chunks, and whether the last one came; `nil` if they are not as RFC 9112, section 7.1 has them.
    static func unchunked(_ bytes: [UInt8]) -> (content: [UInt8], isEnded: Bool)? {
        var content: [UInt8] = []
        var index = 0
        while index < bytes.count {
            var size = 0
            var digits = 0
            while index < bytes.count, let digit = Character(UnicodeScalar(bytes[index])).hexDigitValue {
                size = size * 16 + digit
                digits += 1
                index += 1
            }
            if index == bytes.count { return (content, false) }
            guard digits > 0, bytes[index] == 0x0D else { return nil }
            if index + 1 == bytes.count { return (content, false) }
            guard bytes[index + 1] == 0x0A else { return nil }
            index += 2
            if size == 0 {
                let end = bytes[index...]
                if end.elementsEqual("\r\n".utf8) { return (content, true) }
                return "\r\n".utf8.starts(with: end) ? (content, false) : nil
            }
            content += bytes[index..<min(index + size, bytes.count)]
            index += size
            if index >= bytes.count { return (content, false) }
            guard bytes[index...].prefix(2).elementsEqual("\r\n".utf8.prefix(bytes.count - index)) else { return nil }
            index += 2
        }
        return (content, false)
    }
}
