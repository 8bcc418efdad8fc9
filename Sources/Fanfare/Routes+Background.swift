// Owns the way by which routes bring along what they need done beside them.

extension Routes {
    /// Has some work done while the server runs.
    ///
    /// It begins each time that the server is ready, in a child task of `Server.run`. When the server is about to stop the
    /// task is cancelled, and `run` does not return before it is over. An error that it throws is logged, and ends nothing
    /// else.
    ///
    /// - Parameter work: gets the server's hub.
    public mutating func background(_ work: @escaping @Sendable (Hub) async throws -> Void) { works.append(work) }
}
