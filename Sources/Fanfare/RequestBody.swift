// Owns what a handler sees of a request's body. Must never hold more of a streamed one than it was given to hold.

import Answers
import HTTPMessage
import Network
import Workers

/// The body of a request, decoded from its chunks: a sequence of pieces, each of at least a byte.
///
/// It is for one reader. In a route with `BodyMode.streamed` it is for one pass too, and a piece is what has come since the
/// last one was taken. Such a sequence throws an error that is answered with 413 when the body has more bytes than the route
/// allows, with 408 when the client is too slow to send it, and with 400 when it is malformed. It throws `CancellationError`
/// when the client is gone, or has its answer. If the body fails by the client's doing, the handler's task is cancelled.
///
/// How long the handler takes between two pieces does not count against the client. One that asks for
/// `Expect: 100-continue` is told to send its body when the first piece is asked for.
public struct RequestBody: AsyncSequence, Sendable {
    /// A piece of the body.
    public typealias Element = [UInt8]

    let content: ArrivingBody

    init(_ content: ArrivingBody) { self.content = content }

    init(_ bytes: [UInt8]) { content = .whole(bytes) }

    /// How many bytes it has, if that is known before they are there.
    public var length: Int? {
        switch content {
        case .whole(let bytes): bytes.count
        case .incoming(let reading, _): reading.body.length
        }
    }

    /// The body's pieces, in order; of a streamed one, those that were not taken yet.
    public func makeAsyncIterator() -> Iterator { Iterator(content) }

    /// The whole body, in one piece. Of a streamed one nothing may have been taken before.
    ///
    /// - Parameter limit: how many bytes it may have; `nil` for as many as the route allows.
    /// - Throws: an error that is answered with 413 if there are more, and what reading it throws.
    public func collect(upTo limit: Int? = nil) async throws -> [UInt8] {
        let most = limit ?? .max
        if let length, length > most { throw Problem.bodyTooLarge(most) }
        var pieces: Iterator
        switch content {
        case .whole(let bytes):
            return bytes
        case .incoming(let reading, _):
            if reading.body.taken > 0 { throw BodyMisuse(description: "a body is collected of which some was read") }
            pieces = makeAsyncIterator()
        }
        var bytes = try await pieces.next() ?? []
        while bytes.count <= most {
            guard let piece = try await pieces.next() else { return bytes }
            bytes += piece
        }
        throw Problem.bodyTooLarge(most)
    }

    /// Goes through the pieces of a body.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        private var content: ArrivingBody?

        init(_ content: ArrivingBody) { self.content = content }

        /// The next piece; `nil` after the last one.
        public mutating func next() async throws -> [UInt8]? {
            switch content {
            case nil: return nil
            case .whole(let bytes):
                content = nil
                return bytes.isEmpty ? nil : bytes
            case .incoming(let reading, let limit):
                do throws(IncomingBody.Failure) {
                    return try await reading.body.next(upTo: limit)
                } catch {
                    throw RequestBody.error(for: error)
                }
            }
        }
    }
}
