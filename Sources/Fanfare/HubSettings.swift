// Owns what a server's options come to, in the form in which its workers ask for it. Nothing here is a default: whoever
// makes it has said all of it.

import Admission
import Hub
import Network

/// How a hub is to serve.
struct HubSettings: Sendable {
    /// How streams are fed, and when they are given up.
    var streams: StreamRules
    /// How much one request may have.
    var events: EventLimits
    /// How long connections may take, and how much each may send.
    var connections: ConnectionLimits
    /// How many connections there may be.
    var mostConnections: Int
    /// What is asked of browsers.
    var browsers: BrowserRules
    /// What is asked of those who make requests.
    var gate: Gate
    /// How much each client may publish; nil if that is not limited.
    var publishPace: PublishPace?
    /// How many streams each client may have; nil if that is not limited.
    var streamQuota: StreamQuota?
    /// Which proxies' words count.
    var trust: ProxyTrust
    /// Where the server listens.
    var places: [ListeningPlace]
    /// Where those are sent who ask in clear; nil if they are served.
    var redirect: TLSRedirect?
}
