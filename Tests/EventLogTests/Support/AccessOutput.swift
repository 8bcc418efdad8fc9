// Owns the bytes of streams, and reads out of them whose events they have.

@testable import Hub

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Takes all that streams are sent.
struct AccessOutput: StreamOutput {
    private var bytes: [Sink: [UInt8]] = [:]

    mutating func write(_ pieces: UnsafeBufferPointer<Piece>, total: Int, to sink: Sink) -> Int {
        for piece in pieces {
            bytes[sink, default: []].append(contentsOf: UnsafeRawBufferPointer(start: piece.start, count: piece.count))
        }
        return total
    }

    mutating func finish(_ sink: Sink) {}
    mutating func reset(_ sink: Sink, because reason: StreamEnd) {}

    /// A block's id, and the topics of its envelope.
    struct Block {
        var id = ""
        var topics: [String] = []
    }

    /// The blocks of a stream; `nil` if there is anything else.
    func blocks(of sink: Sink, _ framing: Framing) -> [Block]? {
        let bytes = bytes[sink] ?? []
        // There are very many: lines are compared in place.
        return bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return [] }
            var blocks: [Block] = []
            var present = Block()
            var place = 0
            while place < bytes.count {
                let end = memchr(start + place, 0x0A, bytes.count - place).map { start.distance(to: $0) } ?? bytes.count
                let line = UnsafeRawBufferPointer(rebasing: bytes[place..<end])
                place = end + 1
                if line.isEmpty {
                    if !present.id.isEmpty { blocks.append(present) }
                    present = Block()
                } else if Self.line(line, begins: "id: ") {
                    present.id = String(decoding: UnsafeRawBufferPointer(rebasing: line[4...]), as: UTF8.self)
                } else if Self.line(line, begins: "data: {") {
                    guard let topics = Self.topics(of: String(decoding: line, as: UTF8.self)) else { return nil }
                    present.topics = topics
                } else if !Self.line(line, begins: "data: x"), !Self.line(line, begins: "retry: "),
                    framing == .plain || line.last != UInt8(ascii: "\r")
                {
                    return nil
                }
            }
            return blocks
        }
    }

    private static func line(_ line: UnsafeRawBufferPointer, begins text: StaticString) -> Bool {
        line.count >= text.utf8CodeUnitCount && memcmp(line.baseAddress!, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    /// The topics of an envelope; none of those in these tests needs an escape.
    private static func topics(of line: String) -> [String]? {
        guard let start = line.firstRange(of: #""topics":["#)?.upperBound,
            let end = line[start...].firstIndex(of: "]")
        else { return nil }
        return line[start..<end].split(separator: ",").map { String($0.dropFirst().dropLast()) }
    }
}
