// Owns what follows from the options about proxies: whose word counts. With none, nobody's does.

package import Admission
import Proxies

extension Configuration {
    /// Reads the options.
    package func trust() throws(ConfigurationError) -> ProxyTrust {
        var ranges: [AddressRange] = []
        for text in trustedProxy {
            guard let range = AddressRange(text) else {
                throw ConfigurationError(
                    "trusted-proxy",
                    "'\(text)' is no range of addresses; write 10.0.0.0/8, 2001:db8::/32, or an address alone")
            }
            ranges.append(range)
        }
        let named = ranges.isEmpty ? nil : TrustedProxies(ranges)
        // Where nobody is named, whoever reaches the port from outside must not choose who to be.
        return ProxyTrust(forwarders: named, announcers: proxyProtocol ? named ?? .loopback : nil)
    }
}
