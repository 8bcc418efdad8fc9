// Owns the error of a server that cannot run.

/// Why a server could not run.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    /// What could not be done, the system's reason, and what to do.
    public let description: String

    package init(_ description: String) { self.description = description }
}
