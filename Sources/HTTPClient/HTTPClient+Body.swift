// Owns the reading of a body. A transfer that nobody can read any more must never go on: it ends with the last one who
// holds its lease.

extension HTTPClient {
    /// A response's body: chunks of bytes as they come off the socket, which is read no faster than they are taken.
    package struct Body: AsyncSequence, Sendable {
        /// Some bytes, never none.
        package typealias Element = [UInt8]
        /// Why there is no more of it.
        package typealias Failure = HTTPClientError

        private let lease: TransferLease

        init(lease: TransferLease) {
            self.lease = lease
        }

        /// Goes on where the body was read to.
        package func makeAsyncIterator() -> Iterator { Iterator(lease: lease) }

        /// The whole rest of the body.
        ///
        /// - Throws: ``HTTPClientError/Code/tooLarge`` when it is longer than `limit` bytes.
        package func collect(upTo limit: Int) async throws(HTTPClientError) -> [UInt8] {
            var whole: [UInt8] = []
            var iterator = makeAsyncIterator()
            while let chunk = try await iterator.next() {
                guard chunk.count <= limit - whole.count else {
                    throw HTTPClientError(.tooLarge, "the answer is longer than \(limit) bytes")
                }
                whole += chunk
            }
            return whole
        }

        /// Takes what has come; a chunk is never empty. Two iterators of one body share its bytes between them.
        package struct Iterator: AsyncIteratorProtocol {
            fileprivate let lease: TransferLease

            /// The next bytes, or `nil` at the body's end.
            ///
            /// - Throws: ``HTTPClientError`` when the transfer failed, or the task was cancelled.
            package mutating func next() async throws(HTTPClientError) -> [UInt8]? {
                try await lease.transfer.nextChunk()
            }

            /// The same, as loops call it.
            package mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(HTTPClientError) -> [UInt8]? {
                try await lease.transfer.nextChunk()
            }
        }
    }
}

/// Ends its transfer when the last one who could read it lets go.
final class TransferLease: Sendable {
    let transfer: Transfer

    init(_ transfer: Transfer) {
        self.transfer = transfer
    }

    deinit {
        transfer.end(with: HTTPClientError(.cancelled, "the response was let go"))
    }
}
