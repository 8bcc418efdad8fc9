// Owns what waits for the end of a round. Must never part a publication from who waits for its answer.

import Hub

/// What came in a round to be published, and who waits for the answers, in the same order.
struct PublishRound {
    private(set) var publications: [Publication] = []
    private(set) var publishers: [Publisher] = []

    struct Publisher {
        let exchange: Exchange
        /// Whether the answer lists ids, as for NDJSON.
        let isList: Bool
    }

    /// A round that has room for as many as the last one had.
    init(after last: PublishRound? = nil) {
        publications.reserveCapacity(last?.publications.count ?? 0)
        publishers.reserveCapacity(last?.publishers.count ?? 0)
    }

    var isEmpty: Bool { publications.isEmpty }

    mutating func add(_ publication: consuming Publication, from publisher: consuming Publisher) {
        publications.append(publication)
        publishers.append(publisher)
    }
}
