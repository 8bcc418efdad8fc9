// Owns the URL by which other machines find what somebody on this one looks at. Must never name an address that the server
// does not listen on.

import HTTPMessage
import Network
import Proxies
import Settings
import Workers

extension Request {
    /// A URL of this server that other machines on its network can ask too, a phone that reads it off a screen say.
    ///
    /// It begins as the client asked (``origin``). If that was this machine's own name for itself, as `localhost`, it names the
    /// first address of the machine's networks on which the server listens at the same port, an IPv4 address if there is
    /// one; as the client asked if there is none.
    ///
    /// - Parameter target: a path, and a query if there is to be one, percent-encoded.
    public func reachableURL(_ target: String) -> String {
        let asked = Authority(String(origin.drop { $0 != ":" }.dropFirst(3)))
        guard let asked, asked.isLoopback else { return origin + target }
        let port = asked.port ?? (isSecure ? 443 : 80)
        let reachable = ReachableAddress.find(
            port: port, isSecure: isSecure, among: asker.worker.core.places, machine: MachineAddresses.all)
        guard let reachable else { return origin + target }
        let host = reachable.isV4 ? reachable.description : "[\(reachable)]"
        let suffix = asked.port.map { ":\($0)" } ?? ""
        return "\(isSecure ? "https" : "http")://\(host)\(suffix)\(target)"
    }
}

/// The choice among the machine's addresses.
enum ReachableAddress {
    /// The first of the machine's addresses on which the server listens.
    ///
    /// - Parameters:
    ///   - port: the port that is to be asked.
    ///   - isSecure: whether TLS is spoken there.
    ///   - places: where the server listens.
    ///   - machine: the addresses of the machine, the best first.
    static func find(
        port: UInt16, isSecure: Bool, among places: [ListeningPlace], machine: [IPAddress]
    ) -> IPAddress? {
        let open = places.filter { $0.address.port == port && $0.isSecure == isSecure }
        return machine.first { address in
            open.contains { place in
                let own = IPAddress(place.address.bytes)
                return place.address.isEvery ? own?.isV4 == address.isV4 : own == address
            }
        }
    }
}
