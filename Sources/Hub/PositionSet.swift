// Owns sets of positions in which few or very many may be, near to each other or far apart.

/// Positions, each once: a bit each, in pages that are there only where a position is.
struct PositionSet {
    private var words: [UInt64] = []
    /// Where each page begins among the words.
    private var pages: [Int: Int] = [:]
    private var present: (page: Int, start: Int) = (-1, 0)
    /// How many there are.
    private(set) var count = 0

    /// A page is so many words of 64 bits.
    private static let pageWords = 8

    /// Adds a position, which must not be below 0. O(1).
    mutating func insert(_ position: Position) {
        let (word, bit) = position.quotientAndRemainder(dividingBy: 64)
        let (page, offset) = word.quotientAndRemainder(dividingBy: Self.pageWords)
        if page != present.page { present = (page, start(of: page)) }
        let index = present.start + offset
        let mask: UInt64 = 1 << UInt64(bit)
        if words[index] & mask == 0 {
            words[index] |= mask
            count += 1
        }
    }

    private mutating func start(of page: Int) -> Int {
        if let start = pages[page] { return start }
        let start = words.count
        words.append(contentsOf: repeatElement(0, count: Self.pageWords))
        pages[page] = start
        return start
    }
}
