/// A list that is never empty, and mostly has a single element: that one takes no memory of its own.
///
/// Public because only that can be specialized in other rooms; no product has it.
@frozen
public struct OneOrMore<Element> {
    @usableFromInline let head: Element
    @usableFromInline let tail: [Element]

    /// A list of one.
    @inlinable
    public init(_ element: Element) {
        head = element
        tail = []
    }

    /// A list of several.
    @inlinable
    public init(_ first: Element, _ others: [Element]) {
        head = first
        tail = others
    }

    /// The elements of an array, unless there are none.
    @inlinable
    public init?(_ elements: [Element]) {
        guard let first = elements.first else { return nil }
        head = first
        tail = elements.count == 1 ? [] : Array(elements.dropFirst())
    }
}

extension OneOrMore: RandomAccessCollection {
    /// 0.
    @inlinable
    public var startIndex: Int { 0 }
    /// How many there are.
    @inlinable
    public var endIndex: Int { 1 + tail.count }

    /// The element at a place, counted from the first.
    @inlinable
    public subscript(index: Int) -> Element { index == 0 ? head : tail[index - 1] }
}

extension OneOrMore: Sendable where Element: Sendable {}
extension OneOrMore: Equatable where Element: Equatable {}

extension OneOrMore: ExpressibleByArrayLiteral {
    /// An empty literal is a programmer's error.
    @inlinable
    public init(arrayLiteral elements: Element...) {
        guard let list = OneOrMore(elements) else { preconditionFailure("a list of one or more has one") }
        self = list
    }
}
