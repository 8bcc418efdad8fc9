// Owns what of a file is sent to whom: all of it, parts, or only that nothing is new. It knows the file by what the system
// says of it, and must never read more than is sent.

import Answers
import HTTPMessage
import ServedFiles

/// The answer to a request for a file that is open: the head, and which bytes in which order.
struct FileAnswer: Sendable {
    let status: Status
    let fields: HTTPFields
    private let pieces: [Piece]
    private let file: OpenFile
    /// How many bytes the body has.
    let length: Int

    private enum Piece: Sendable {
        case bytes([UInt8])
        case range(Range<Int>)
    }

    /// So much of a file is read at once.
    static let pieceSize = 64 << 10

    /// Judges a request for a file.
    ///
    /// - Parameters:
    ///   - head: the request.
    ///   - file: the file.
    ///   - type: its media type.
    ///   - fields: further fields of the answer; they stand in the place of those that it would have.
    ///   - now: the time in seconds since 1970.
    /// - Throws: 412 and 416.
    init(
        _ head: borrowing RequestHead, _ file: OpenFile, type: String, fields extra: HTTPFields, at now: Int
    ) throws(Problem) {
        self.file = file
        let validators = Self.validators(of: file, at: now)
        var fields = HTTPFields()
        if let tag = validators.tag { fields.add("ETag", tag.description) }
        if let modified = validators.modified { fields.add("Last-Modified", HTTPDate.text(modified)) }
        // Without a word on it caches would guess, and show what is old.
        fields.add("Cache-Control", "no-cache")
        for name in Set(extra.map { $0.name }) { fields.remove(name) }
        for (name, value) in extra { fields.add(name, value) }
        let honoursRange: Bool
        switch Preconditions(head, at: now).verdict(for: validators) {
        case .failed:
            throw Problem(
                .preconditionFailed, "precondition-failed",
                "the file is not, or no longer, as If-Match or If-Unmodified-Since says: get it anew")
        case .notModified:
            (status, self.fields, pieces, length) = (.notModified, fields, [], 0)
            return
        case .proceed(let isHonoured):
            honoursRange = isHonoured
        }
        fields.add("Accept-Ranges", "bytes")
        switch honoursRange ? ByteRanges(head.values(of: .range), length: file.size) : .whole {
        case .whole:
            if fields["Content-Type"] == nil { fields.add("Content-Type", type) }
            (status, self.fields, pieces, length) = (.ok, fields, [.range(0..<file.size)], file.size)
        case .parts(let ranges) where ranges.count == 1:
            if fields["Content-Type"] == nil { fields.add("Content-Type", type) }
            fields.add("Content-Range", ByteRangeParts.contentRange(ranges[0], of: file.size))
            (status, self.fields, pieces, length) = (.partialContent, fields, [.range(ranges[0])], ranges[0].count)
        case .parts(let ranges):
            let parts = ByteRangeParts(
                ranges, of: file.size, type: fields["Content-Type"] ?? type, boundary: Self.boundary())
            fields.set("Content-Type", parts.type)
            var pieces = ranges.indices.flatMap { [Piece.bytes(parts.opening(of: $0)), .range(ranges[$0])] }
            pieces.append(.bytes(parts.ending))
            (status, self.fields, self.pieces, length) = (.partialContent, fields, pieces, parts.contentLength)
        case .unsatisfiable:
            throw Problem(
                .rangeNotSatisfiable, "range-not-satisfiable",
                "the file has \(file.size) bytes, and nothing of what Range asks for: ask for less",
                fields: ["Content-Range": ByteRangeParts.noRange(of: file.size)])
        }
    }

    /// What tells this state of the file from others.
    ///
    /// A file that was changed just now may change again without the system's clock having gone on: then nobody can say that
    /// what is read twice is the same, octet for octet (RFC 9110, section 8.8.1).
    private static func validators(of file: OpenFile, at now: Int) -> Validators {
        var mix: UInt64 = 0
        for number in [
            file.number, UInt64(bitPattern: Int64(file.modified.seconds)), UInt64(file.modified.nanoseconds),
        ] {
            // The finalizer of SplitMix64: any bit of the input changes about half of the output's.
            mix = (mix ^ number) &+ 0x9E37_79B9_7F4A_7C15
            mix = (mix ^ mix >> 30) &* 0xBF58_476D_1CE4_E5B9
            mix = (mix ^ mix >> 27) &* 0x94D0_49BB_1331_11EB
            mix ^= mix >> 31
        }
        let opaque = String(file.size, radix: 16) + "-" + String(mix, radix: 16)
        let isFresh = file.modified.seconds >= now - 2
        // A date ahead of the clock is no date at which anything can have changed (section 8.8.2.1).
        let modified = file.modified.seconds <= now ? file.modified.seconds : nil
        return Validators(tag: EntityTag(opaque, isWeak: isFresh), modified: modified)
    }

    /// What stands between parts: nobody who wrote the file can have known it.
    private static func boundary() -> String {
        "part-" + String(UInt64.random(in: .min ... .max), radix: 36)
            + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    /// The whole body. It waits for the disk.
    func body() throws(FileFailure) -> [UInt8] {
        var body: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .bytes(let bytes): body += bytes
            case .range(let range): body += try file.read(range)
            }
        }
        return body
    }

    /// Writes the body, a piece at a time, each read when the client has taken most of what came before.
    ///
    /// - Parameter read: reads a range of the file, elsewhere than on the loop.
    func write(
        to writer: BodyWriter, reading read: @Sendable (OpenFile, Range<Int>) async throws -> [UInt8]
    ) async throws {
        for piece in pieces {
            switch piece {
            case .bytes(let bytes):
                try await writer.write(bytes)
            case .range(let range):
                var start = range.lowerBound
                while start < range.upperBound {
                    let next = min(start + Self.pieceSize, range.upperBound)
                    try await writer.write(try await read(file, start..<next))
                    start = next
                }
            }
        }
    }
}
