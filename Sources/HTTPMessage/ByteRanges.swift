// Owns which octets a request's `Range` asks for. Must never have a client sent more than the whole, however it asks.

/// What of a resource is to be sent (RFC 9110 section 14).
package enum ByteRanges: Sendable, Equatable {
    /// All of it: no range is asked for, or in a way that does not count.
    case whole
    /// One range or several, none of which touch, in the order in which they lie or were asked for.
    case parts([Range<Int>])
    /// Nothing of what is asked for is there: 416.
    case unsatisfiable

    /// So many ranges may be asked for at once. Who asks for more gets the whole, as section 14.2 allows.
    package static let most = 16
    /// What each of several parts costs beside its octets, roughly.
    private static let overhead = 120

    /// Reads the values of all fields `Range`, for what has so many octets.
    ///
    /// What is malformed, of another unit, or there twice does not count. Ranges that overlap or touch become one. When it
    /// would take more octets to send the parts than the whole, the whole is sent.
    package init(_ values: [String], length: Int) {
        self = .whole
        guard values.count == 1, let specs = Self.specs([UInt8](values[0].utf8)) else { return }
        let ranges = specs.compactMap { $0.range(in: length) }
        guard !ranges.isEmpty else {
            self = .unsatisfiable
            return
        }
        let joined = Self.joined(ranges)
        guard joined.count == 1 || joined.reduce(0, { $0 + $1.count + Self.overhead }) < length else { return }
        // Who asked for parts in some order has a reason for it (section 14.2), if they are still those parts.
        self = .parts(joined.count == ranges.count ? ranges : joined)
    }

    /// One range as it is asked for; numbers beyond all lengths are as good as the largest.
    private enum Spec {
        /// `first-` or `first-last`.
        case from(Int, through: Int?)
        /// `-count`: the last octets.
        case last(Int)

        /// The octets of it that there are; nil if there are none.
        func range(in length: Int) -> Range<Int>? {
            switch self {
            case .from(let first, let last):
                guard first < length else { return nil }
                return first..<min(last ?? length - 1, length - 1) + 1
            case .last(let count):
                guard count > 0, length > 0 else { return nil }
                return max(0, length - count)..<length
            }
        }
    }

    /// `bytes=` and a list of ranges; nil if it is anything else, or has too many.
    private static func specs(_ octets: [UInt8]) -> [Spec]? {
        guard let equals = octets.firstIndex(of: ASCII.equals), ASCII.spells("bytes", octets, 0..<equals) else {
            return nil
        }
        var specs: [Spec] = []
        for element in octets[(equals + 1)...].split(separator: ASCII.comma) {
            let place = ASCII.trimmed(element.startIndex..<element.endIndex, in: octets)
            // A list may have elements that are empty (section 5.6.1.2).
            if place.isEmpty { continue }
            guard specs.count < most, let spec = spec(octets[place]) else { return nil }
            specs.append(spec)
        }
        return specs.isEmpty ? nil : specs
    }

    private static func spec(_ octets: ArraySlice<UInt8>) -> Spec? {
        guard let dash = octets.firstIndex(of: UInt8(ascii: "-")) else { return nil }
        let after = octets[(dash + 1)...]
        guard dash > octets.startIndex else { return number(after).map { .last($0) } }
        guard let first = number(octets[..<dash]) else { return nil }
        if after.isEmpty { return .from(first, through: nil) }
        guard let last = number(after), last >= first else { return nil }
        return .from(first, through: last)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard !digits.isEmpty else { return nil }
        var number = 0
        for digit in digits {
            guard ASCII.isDigit(digit) else { return nil }
            let (tens, isOver) = number.multipliedReportingOverflow(by: 10)
            let (sum, isStillOver) = tens.addingReportingOverflow(Int(digit - ASCII.zero))
            number = isOver || isStillOver ? .max : sum
        }
        return number
    }

    /// The same octets in ascending order, with ranges that overlap or touch made one.
    private static func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var joined: [Range<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }
}
