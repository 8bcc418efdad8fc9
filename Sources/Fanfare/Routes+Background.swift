// Owns the way by which routes bring along what they need done beside them.

extension Routes {
    /// Has some work done while the server runs.
    ///
    /// It begins each time that the server is ready, in a task of the server's. When the server is about to stop the task is
    /// cancelled, and `Server.run` does not return before it is over, unless it is told twice to stop.
    ///
    /// An error that it throws is logged, and ends nothing else: the work is begun anew, a second later at first, and up to a
    /// minute later if it fails again and again. So it has to bear being done twice, and a pause: a reader that is to miss nothing
    /// begins after the last event that it dealt with, or at the earliest, and what it publishes has an id or a key; one that
    /// begins `.now` misses what comes in the pause. When the work returns it is over.
    ///
    /// - Parameter work: gets the server's hub.
    public mutating func background(_ work: @escaping @Sendable (Hub) async throws -> Void) { works.append(work) }
}
