// Owns the question who counts as one, where clients are counted. Nobody must be able to be many at no cost.

package import Proxies

/// Who is counted as one client.
package enum Claimant: Hashable, Sendable {
    /// A user, whatever machines they use. By bytes: names that only look the same are two people's.
    case user([UInt8])
    /// An address; of an IPv6 one the network of 64 bits, since a client may take any address of that.
    case address(IPAddress)
    /// Those of whom nobody knows where they are, all together: they are on their way out.
    case unknown

    /// A user by name.
    package static func user(named name: String) -> Claimant { .user(Array(name.utf8)) }

    /// Who comes from an address.
    package init(_ client: ClientAddress?) { self = client.map { .address($0.ip.site) } ?? .unknown }
}
