/// What an operator should know of a hub's keys.
package enum KeyNotice: Sendable, Equatable {
    /// A source has other keys than before, and so many.
    case changed(source: String, count: Int)
    /// A source was read because somebody asked for it, and has the same keys as before.
    case unchanged(source: String)
    /// Keys could not be had, and why; those that were there stay.
    case failed(String)
    /// Keys come in clear from another machine: whoever is on the way can put in theirs.
    case unprotected(url: String)
    /// Anybody on this machine may read a key that signs.
    case readable(file: String)
}
