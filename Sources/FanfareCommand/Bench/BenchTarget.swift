internal import HTTPMessage
internal import Network
internal import TLS

/// Where a run goes: the hub's address, and how requests name it.
struct BenchTarget: Sendable {
    /// The URL as it was given.
    let url: HubURL
    let address: SocketAddress
    /// The value of the Host field.
    let host: String
    /// What stands before the hub's paths; empty, or `/…` without a slash at the end.
    let path: String
    /// How it is spoken to over TLS; nil in clear.
    let tls: ClientTLS?
    /// The same for connections of HTTP/2.
    let tlsForHTTP2: ClientTLS?

    /// So many connections share a source address; each has some 28,000 ports on Linux, and other programs need some too.
    static var connectionsPerSource: Int { 20_000 }

    /// Looks the hub's address up.
    ///
    /// - Throws: ``CommandError`` for a URL that cannot be measured.
    init(_ url: HubURL, trusting trust: HubTrust = HubTrust()) throws(CommandError) {
        let isSecure = url.text.lowercased().hasPrefix("https://")
        let rest = url.text.dropFirst(isSecure ? 8 : 7)
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        host = String(rest[..<end])
        path = String(rest[end...])
        guard let authority = Authority(host) else {
            throw CommandError(.usage, "--url: '\(host)' is not a host, or a host and a port")
        }
        self.url = url
        let name = authority.host.hasPrefix("[") ? String(authority.host.dropFirst().dropLast()) : authority.host
        do throws(TLSError) {
            func speaker(_ protocols: [String]) throws(TLSError) -> ClientTLS? {
                guard isSecure else { return nil }
                let context = try ClientContext(
                    trusting: trust.file, verifying: !trust.isBlind, protocols: protocols)
                return ClientTLS(context: context, host: name)
            }
            tls = try speaker([])
            tlsForHTTP2 = try speaker(["h2"])
        } catch {
            throw CommandError(.failed, error.description)
        }
        do throws(NetworkError) {
            address = try SocketAddress.lookUp(host: name, port: authority.port ?? (isSecure ? 443 : 80))
        } catch {
            throw CommandError(.failed, error.description)
        }
    }

    /// The address that a connection comes from, if the system is not to choose: ports are scarce when there are many
    /// to one address, and on loopback there are many addresses.
    func source(ofConnection number: Int, of count: Int) throws(CommandError) -> SocketAddress? {
        guard count > Self.connectionsPerSource, address.isLoopback, address.bytes.count == 4 else { return nil }
        let index = number / Self.connectionsPerSource + 1
        do throws(NetworkError) {
            return try SocketAddress("127.0.\(index >> 8).\(index & 255):0")
        } catch {
            throw CommandError(.failed, error.description)
        }
    }
}
