// Owns what a server's options come to, in the form in which its workers ask for it. Nothing here is a default: whoever
// makes it has said all of it.

package import Admission
package import Hub
package import Network
package import Wishes

/// How a hub is to serve.
package struct HubSettings: Sendable {
    /// How streams are fed, and when they are given up.
    package var streams: StreamRules
    /// How much one request may have.
    package var events: EventLimits
    /// How long connections may take, and how much each may send.
    package var connections: ConnectionLimits
    /// How many connections there may be.
    package var mostConnections: Int
    /// What is asked of browsers.
    package var browsers: BrowserRules
    /// What is asked of those who make requests.
    package var gate: Gate
    /// How much each client may publish; nil if that is not limited.
    package var publishPace: PublishPace?
    /// How many streams each client may have; nil if that is not limited.
    package var streamQuota: StreamQuota?
    /// Which proxies' words count.
    package var trust: ProxyTrust
    /// Where the server listens.
    package var places: [ListeningPlace]
    /// Where those are sent who ask in clear; nil if they are served.
    package var redirect: TLSRedirect?
}
