extension HTTPClient {
    /// A response's body: chunks of bytes as they come off the socket, which is read no faster than they are taken.
    package struct Body: AsyncSequence, Sendable {
        package typealias Element = [UInt8]
        package typealias Failure = HTTPClientError

        private let lease: TransferLease

        init(lease: TransferLease) {
            self.lease = lease
        }

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

            package mutating func next() async throws(HTTPClientError) -> [UInt8]? {
                try await lease.transfer.nextChunk()
            }

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
