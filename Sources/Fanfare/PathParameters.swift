// Owns what a handler sees of a path.

/// What stood at the places of a path that a route left open.
public struct PathParameters: Sendable {
    private let values: [String: String]

    init(_ values: [String: String] = [:]) { self.values = values }

    /// The value at `{name}` or `{name...}`, percent-decoded; the rest of a path may be empty.
    ///
    /// - Throws: an error that is answered with 500, and logged, if the route's path has no such place. A middleware may stand
    ///   before routes that have it and others that do not.
    public subscript(name: String) -> String {
        get throws {
            guard let value = values[name] else { throw NoSuchPlace(name: name) }
            return value
        }
    }
}

/// A handler asked for a place that its route's path does not leave open.
private struct NoSuchPlace: Error, CustomStringConvertible {
    let name: String

    var description: String { "the route's path has no {\(name)}" }
}
