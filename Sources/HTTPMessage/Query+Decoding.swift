// Owns the splitting at `&` and `=`, and the decoding of one name or value.

extension Query {
    /// Goes through the parameters as they were sent; empty ones between two `&` do not exist.
    struct Pairs {
        private let query: Query
        private var index: Int
        private var count = 0

        init(_ query: Query) {
            self.query = query
            index = query.bytes.startIndex
        }

        mutating func next() throws(MessageError) -> Pair? {
            let bytes = query.bytes
            while index < bytes.endIndex {
                let start = index
                var equals: Int?
                while index < bytes.endIndex, bytes[index] != ASCII.ampersand {
                    if equals == nil, bytes[index] == ASCII.equals { equals = index }
                    index += 1
                }
                let end = index
                if index < bytes.endIndex { index += 1 }
                guard end > start else { continue }
                count += 1
                guard count <= query.limit else {
                    throw MessageError(.badRequest, "There are too many parameters; send fewer.")
                }
                return Pair(name: start..<(equals ?? end), value: (equals.map { $0 + 1 } ?? end)..<end)
            }
            return nil
        }
    }

    /// One decoded octet at an index, which moves past it.
    @inline(__always)
    private func octet(at index: inout Int, end: Int) -> UInt8 {
        let octet = bytes[index]
        index += 1
        if octet == ASCII.plus { return ASCII.space }
        guard octet == ASCII.percent, index + 1 < end, let high = ASCII.hexValue(bytes[index]),
            let low = ASCII.hexValue(bytes[index + 1])
        else { return octet }
        index += 2
        return high << 4 | low
    }

    func decoded(_ range: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound { result.append(octet(at: &index, end: range.upperBound)) }
        return result
    }

    /// Whether a name as it was sent means this one; makes no String.
    func decodes(_ range: Range<Int>, to name: String) -> Bool {
        var index = range.lowerBound
        for wanted in name.utf8 {
            guard index < range.upperBound, octet(at: &index, end: range.upperBound) == wanted else { return false }
        }
        return index == range.upperBound
    }

    func strict(_ range: Range<Int>) throws(MessageError) -> String {
        guard let text = String(validating: decoded(range), as: UTF8.self) else {
            throw MessageError(.badRequest, "A parameter is not UTF-8; percent-encode its UTF-8 octets.")
        }
        return text
    }
}
