// Owns whose word counts on where requests come from.

import Proxies

/// Which proxies' words count.
struct ProxyTrust: Sendable {
    /// Who says in a request's head whose it is; nil if nobody does.
    let forwarders: TrustedProxies?
    /// Who says by the PROXY protocol whose connection each is, before anything else; nil if nobody does.
    let announcers: TrustedProxies?
}
