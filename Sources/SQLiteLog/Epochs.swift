// Owns what is known of the starts of a hub on one log. An id of an epoch that is not here must never be resumed.

import Hub

/// The epochs of events that are read one after the other, most of which are of the same one.
struct EpochCursor {
    private let epochs: Epochs
    private var span: (name: String, positions: Range<Position>) = ("", 0..<0)

    init(_ epochs: Epochs) { self.epochs = epochs }

    /// The name of the epoch in which a position was given.
    mutating func name(at position: Position) -> String {
        if !span.positions.contains(position) { span = epochs.span(at: position) }
        return span.name
    }
}

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
    func name(at position: Position) -> String { list[place(at: position)].name }

    /// The name of the epoch in which a position was given, and the positions around it that share it.
    func span(at position: Position) -> (name: String, positions: Range<Position>) {
        let place = place(at: position)
        let end = place + 1 < list.count ? list[place + 1].first : Int.max
        return (list[place].name, min(list[place].first, position)..<max(end, position))
    }

    private func place(at position: Position) -> Int {
        if position >= list[list.count - 1].first { return list.count - 1 }
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].first <= position { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
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
