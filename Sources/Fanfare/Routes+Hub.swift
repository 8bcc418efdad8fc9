// Owns the way by which the hub's own endpoints are among a program's routes.

import Workers

extension Routes {
    /// Adds the hub's own endpoints: publish, subscribe, history, topics, connections, presence, inboxes,
    /// health, and their description.
    ///
    /// - Parameter prefix: what stands before their paths, as `/live`; with it `/live/healthz` is the one for health.
    public mutating func hub(at prefix: String = "") {
        hasHub = true
        guard !prefix.isEmpty else { return addHub() }
        group(prefix) { $0.addHub() }
    }

    private mutating func addHub() {
        let here = self
        for route in HubEndpoints.routes(at: { here.template($0) }) { add(route) }
    }
}
