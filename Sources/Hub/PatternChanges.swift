// Owns the record of the patterns that came and went last. Must never grow with their number.

/// A pattern with wildcards that came or went.
struct PatternChange {
    let path: PatternPath
    let channel: Int32
    let isInsertion: Bool
}

/// The last changes to the patterns, by number; what is older is forgotten.
struct PatternChanges {
    /// The number of the last change there was.
    private(set) var last = 0
    private var list: [PatternChange] = []
    private let most: Int

    /// Makes an empty record that keeps `most` changes.
    init(most: Int) { self.most = most }

    /// How many of the last changes are kept.
    var kept: Int { list.count }

    mutating func append(_ change: PatternChange) {
        last += 1
        if list.count < most { list.append(change) } else if most > 0 { list[(last - 1) % most] = change }
    }

    /// The change of a number, which must be one of those that are kept.
    subscript(number: Int) -> PatternChange { list[(number - 1) % most] }
}
