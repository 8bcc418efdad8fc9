// Owns the requests that are answered while their bodies still come. They may not come for ever, nor be cut off at once:
// clients that are told to stop together with the answer take that for an error, and never look at the answer.

/// Requests of a session that are answered in full and have not ended.
struct UnendedRequests {
    private struct Rest {
        var bytes = 0
        /// Whether `overdue` has seen it.
        var isKnown = false
    }

    private var rests: [Int32: Rest] = [:]

    var isEmpty: Bool { rests.isEmpty }

    mutating func add(_ stream: Int32) { rests[stream] = Rest() }

    mutating func forget(_ stream: Int32) { if !rests.isEmpty { rests[stream] = nil } }

    /// Counts some of a body that nobody wants. Tells whether it was too much, or `nil` if it is wanted.
    mutating func discard(_ count: Int, of stream: Int32) -> Bool? {
        if rests.isEmpty { return nil }
        guard var rest = rests[stream] else { return nil }
        rest.bytes += count
        rests[stream] = rest
        return rest.bytes > Self.mostBytes
    }

    private static var mostBytes: Int { 1 << 20 }

    /// The streams that had not ended already when this was last asked; or all.
    mutating func overdue(all: Bool) -> [Int32] {
        var list: [Int32] = []
        for (stream, rest) in rests {
            if all || rest.isKnown { list.append(stream) } else { rests[stream]?.isKnown = true }
        }
        return list
    }
}
