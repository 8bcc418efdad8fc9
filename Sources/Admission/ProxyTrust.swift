// Owns whose word counts on where requests come from.

package import Proxies

/// Which proxies' words count.
package struct ProxyTrust: Sendable {
    /// Who says in a request's head whose it is; nil if nobody does.
    package let forwarders: TrustedProxies?
    /// Who says by the PROXY protocol whose connection each is, before anything else; nil if nobody does.
    package let announcers: TrustedProxies?

    /// - Parameters:
    ///   - forwarders: who says it in a request's head.
    ///   - announcers: who says it by the PROXY protocol.
    package init(forwarders: TrustedProxies?, announcers: TrustedProxies?) {
        self.forwarders = forwarders
        self.announcers = announcers
    }
}
