// Owns what is known of the starts of a hub on one log. An id of an epoch that is not here must never be resumed.

import Hub

/// The epochs of a log, from the earliest that is known to the present one.
struct Epochs: Sendable {
    /// A start of a hub.
    struct Epoch: Sendable, Equatable {
        let name: String
        /// The first position that it could give.
        let first: Position
    }

    private let list: [Epoch]
    private let places: [String: Int]

    /// Takes epochs in their order, at least one.
    init(_ list: [Epoch]) {
        self.list = list
        places = Dictionary(list.indices.map { (list[$0].name, $0) }) { $1 }
    }

    /// Whether there was an epoch of this name.
    func contains(_ name: String) -> Bool { places[name] != nil }

    /// The name of the epoch in which a position was given.
    func name(at position: Position) -> String {
        if position >= list[list.count - 1].first { return list[list.count - 1].name }
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].first <= position { low = middle + 1 } else { high = middle }
        }
        return list[max(0, low - 1)].name
    }

    /// The last position of an epoch, of which `last` is the log's; `nil` if the epoch is not known.
    ///
    /// A hub names every position by its present epoch when it tells a stream how far it is. So an epoch's ids go from
    /// the log's beginning up to its end: what lies before it is the same for it and for all that follow.
    func end(of name: String, last: Position) -> Position? {
        guard let place = places[name] else { return nil }
        return place + 1 < list.count ? list[place + 1].first - 1 : last
    }
}
