// Owns what the parser tells its caller to do next.

/// The outcome of feeding bytes to the parser. The caller calls again until it gets `needsMore`.
package enum MultipartAction: Sendable, Equatable {
    /// All input was used; read more.
    case needsMore
    /// A part begins: its head is in the parser's `part`.
    case part
    /// A piece of the part's body lies here in the input.
    case body(Range<Int>)
    /// A piece of the part's body was held back, for it looks like the beginning of a boundary: it lies here in the
    /// parser's `delimiter`.
    case heldBack(Range<Int>)
    /// The part is over, with its last byte.
    case endOfPart
    /// The form is over. What follows means nothing, and is passed over.
    case end
}
