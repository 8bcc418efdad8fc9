// Owns what a handler sees of a request's body. Must never hold more of a streamed one than it was given to hold.

import HTTPMessage

/// The body of a request, decoded from its chunks: a sequence of pieces, each of at least a byte.
///
/// It is for one reader, and one pass. In a route with `BodyMode.streamed` a piece is what has come since the last one was
/// taken. Such a sequence throws an error that is answered with 413 when the body has more bytes than the route allows, with
/// 408 when the client is too slow to send it, and with 400 when it is malformed; it throws `CancellationError` when the client
/// is gone, in which case the handler's task is cancelled too.
public struct RequestBody: AsyncSequence, Sendable {
    /// A piece of the body.
    public typealias Element = [UInt8]

    let content: Content

    enum Content: Sendable {
        /// All of it.
        case whole([UInt8])
    }

    init(_ bytes: [UInt8]) { content = .whole(bytes) }

    /// The body's pieces, in order.
    public func makeAsyncIterator() -> Iterator { Iterator(content) }

    /// The rest of the body, in one piece.
    ///
    /// - Parameter limit: how many bytes it may have; `nil` for as many as the route allows.
    /// - Throws: an error that is answered with 413 if there are more, and what reading it throws.
    public func collect(upTo limit: Int? = nil) async throws -> [UInt8] {
        switch content {
        case .whole(let bytes):
            if let limit, bytes.count > limit { throw Problem.bodyTooLarge(limit) }
            return bytes
        }
    }

    /// Goes through the pieces of a body.
    public struct Iterator: AsyncIteratorProtocol {
        private var content: Content?

        init(_ content: Content) { self.content = content }

        /// The next piece; `nil` after the last one.
        public mutating func next() async throws -> [UInt8]? {
            switch content {
            case nil: return nil
            case .whole(let bytes):
                content = nil
                return bytes.isEmpty ? nil : bytes
            }
        }
    }
}

extension Problem {
    /// A body has more bytes than are taken.
    static func bodyTooLarge(_ limit: Int) -> Problem {
        Problem(.contentTooLarge, "body-too-large", "the body has more than \(limit) bytes: send less")
    }
}
