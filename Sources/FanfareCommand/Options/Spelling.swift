/// Finds what somebody may have meant.
enum Spelling {
    /// The candidate that is fewest typing errors away, if that is few enough to be likely.
    static func nearest(to word: String, in candidates: [String]) -> String? {
        let most = max(1, min(3, word.utf8.count / 3))
        let near = candidates.map { (candidate: $0, distance: distance(word, $0)) }
            .filter { $0.distance <= most || ($0.candidate.hasPrefix(word) && word.utf8.count > 2) }
        return near.min { $0.distance < $1.distance }?.candidate
    }

    /// Insertions, deletions, substitutions and swaps of neighbours between the two; O(m·n), for short words.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8.prefix(64))
        let right = Array(right.utf8.prefix(64))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(last[column + 1], current[column]) + 1
                best = min(best, last[column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
