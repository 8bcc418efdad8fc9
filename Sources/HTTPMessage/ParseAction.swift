// Owns what a parser tells its caller to do next.

/// The outcome of feeding bytes to a parser. The caller calls again until it gets `needsMore`.
package enum ParseAction: Sendable, Equatable {
    /// All input was used; read more.
    case needsMore
    /// The head is complete and valid in the parser's `head`. Nothing of the body was used yet.
    case head
    /// A piece of the decoded body lies here in the input.
    case body(Range<Int>)
    /// The message is complete; the next octet belongs to the next one. `head` stays until that octet is fed.
    case end
    /// The message is broken; answer with the error's status if it was a request, and close. It is final until `reset()`.
    case failed(MessageError)
}
