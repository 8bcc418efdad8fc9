/// Where an `http` or `https` URL leads: what may be shown of it, since user, path and query may hold secrets.
struct Origin: Sendable, Equatable, CustomStringConvertible {
    let scheme: String
    /// As it stands in the URL; an IPv6 address keeps its brackets.
    let host: String
    let port: String?

    /// `nil` for a URL that is not absolute, or of another scheme.
    init?(of url: String) {
        guard let scheme = ["http", "https"].first(where: { Self.hasPrefix(url, $0 + "://") }) else { return nil }
        let rest = url.utf8.dropFirst(scheme.utf8.count + 3)
        var authority = rest.prefix { !"/?#".utf8.contains($0) }
        if let user = authority.lastIndex(of: UInt8(ascii: "@")) {
            authority = authority[authority.index(after: user)...]
        }
        var host = authority
        var port: Substring.UTF8View?
        if let colon = authority.lastIndex(of: UInt8(ascii: ":")),
            authority[colon...].firstIndex(of: UInt8(ascii: "]")) == nil
        {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty else { return nil }
        self.scheme = scheme
        self.host = String(Substring(host))
        self.port = port.map { String(Substring($0)) }
    }

    var description: String { "\(scheme)://\(host)" + (port.map { ":\($0)" } ?? "") }

    /// Whether the host is this machine, by its address or as `localhost`.
    var isLoopback: Bool {
        if host.equalsIgnoringCase("localhost") || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func hasPrefix(_ url: String, _ prefix: String) -> Bool {
        String(Substring(url.utf8.prefix(prefix.utf8.count))).equalsIgnoringCase(prefix)
    }
}
