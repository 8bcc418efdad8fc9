// Owns the present place in a form that is read as it comes. One task at a time may be in it: whoever finds it in use is told
// so, and nothing is lost.

import Answers
import Multipart
import Network
import Synchronization

/// Reads a body as a form, for its parts.
final class MultipartReader: Sendable {
    fileprivate struct Place: Sendable {
        var parser: MultipartParser
        var body: RequestBody.Iterator
        /// What is being parsed, and from where.
        var input: [UInt8] = []
        var offset = 0
        /// Counts the parts that have begun.
        var part = 0
        /// What was looked at and not taken.
        var ahead: [UInt8] = []
        var isInPart = false
        var isOver = false
        /// Why nothing more can be read. Who goes on after that is told the same again.
        var failure: (any Error)?
    }

    /// Nil while somebody reads.
    private let place: Mutex<Place?>

    /// Where files are written.
    let threads: BlockingThreads

    init(_ parser: MultipartParser, _ body: RequestBody, threads: BlockingThreads) {
        self.threads = threads
        place = Mutex(Place(parser: parser, body: body.makeAsyncIterator()))
    }

    /// The next part, once what is left of the present one is passed over.
    func nextPart() async throws -> MultipartPart? {
        try await read { place in
            place.ahead = []
            while !place.isOver {
                if case .part = try await place.advance() {
                    place.part += 1
                    place.isInPart = true
                    return MultipartPart(place.parser.part, number: place.part, of: self)
                }
            }
            return nil
        }
    }

    /// The next bytes of a part; nil after its last ones.
    func nextPiece(of number: Int) async throws -> [UInt8]? {
        try await read { place in
            guard place.part == number else {
                throw BodyMisuse(description: "a part of a form is read after the next one was asked for")
            }
            guard place.ahead.isEmpty else {
                defer { place.ahead = [] }
                return place.ahead
            }
            return try await place.nextPiece()
        }
    }

    /// The next bytes of a part, which stay there; fewer if it has no more.
    func beginning(_ count: Int, of number: Int) async throws -> [UInt8] {
        try await read { place in
            guard place.part == number else {
                throw BodyMisuse(description: "a part of a form is read after the next one was asked for")
            }
            while place.ahead.count < count, let piece = try await place.nextPiece() { place.ahead += piece }
            return Array(place.ahead.prefix(max(0, count)))
        }
    }

    private func read<Value>(_ body: (inout Place) async throws -> Value) async throws -> Value {
        guard var present = place.withLock({ $0.take() }) else {
            throw BodyMisuse(description: "two tasks read a form at a time")
        }
        defer { place.withLock { $0 = present } }
        return try await body(&present)
    }
}

extension MultipartReader.Place {
    /// The next bytes of the present part; nil after its last ones.
    fileprivate mutating func nextPiece() async throws -> [UInt8]? {
        while isInPart {
            switch try await advance() {
            case .body(let range): return bytes(range)
            case .heldBack(let range): return Array(parser.delimiter[range])
            default: break
            }
        }
        return nil
    }

    /// Goes on to what comes next in the form; asks for more of the body as often as it has to.
    fileprivate mutating func advance() async throws -> MultipartAction {
        if let failure { throw failure }
        do {
            return try await proceed()
        } catch {
            let told = (error as? MultipartError).map { Problem($0) } ?? error
            failure = told
            throw told
        }
    }

    private mutating func proceed() async throws -> MultipartAction {
        while true {
            let present = input
            let action = try parser.next(present.span, from: &offset)
            switch action {
            case .needsMore: (input, offset) = ([], 0)
            case .endOfPart:
                isInPart = false
                return action
            case .end:
                isOver = true
                // What follows is read too: the connection may go on then.
                while try await body.next() != nil {}
                return action
            default: return action
            }
            guard let piece = try await body.next() else {
                try parser.finish()
                return .end
            }
            input = piece
        }
    }

    /// Some of the input, all of it without a copy.
    fileprivate func bytes(_ range: Range<Int>) -> [UInt8] { range.count == input.count ? input : Array(input[range]) }
}
