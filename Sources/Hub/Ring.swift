/// A queue in an array that wraps around: constant time at both ends and in between, and memory that shrinks again.
struct Ring<Element> {
    private var slots: [Element?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var first: Element? { count == 0 ? nil : self[0] }
    var last: Element? { count == 0 ? nil : self[count - 1] }

    /// The element at `index`, counted from the first.
    subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count, "index out of range")
        return slots[slot(of: index)]!
    }

    /// Adds an element at the end. Returns how many there are.
    @discardableResult
    mutating func append(_ element: Element) -> Int {
        if count == slots.count { resize(to: max(4, count * 2)) }
        count += 1
        slots[slot(of: count - 1)] = element
        return count
    }

    @discardableResult
    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = slots[head].take()
        head = head + 1 == slots.count ? 0 : head + 1
        count -= 1
        if slots.count > 64, count < slots.count / 4 { resize(to: slots.count / 2) }
        return element
    }

    private func slot(of index: Int) -> Int {
        let sum = head + index
        return sum < slots.count ? sum : sum - slots.count
    }

    private mutating func resize(to capacity: Int) {
        var fresh: [Element?] = []
        fresh.reserveCapacity(capacity)
        for index in 0..<count { fresh.append(slots[slot(of: index)]) }
        fresh.append(contentsOf: repeatElement(nil, count: capacity - count))
        slots = fresh
        head = 0
    }
}

extension Ring: Sendable where Element: Sendable {}

extension Ring where Element == Position {
    /// The index of the first position above `position`; `count` if there is none. O(log n): positions rise.
    func firstIndex(above position: Position) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] > position { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
