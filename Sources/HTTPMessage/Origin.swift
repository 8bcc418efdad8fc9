// Owns origins as browsers send them (RFC 6454 section 6.1), and those of URLs. Must never hold what else a URL says: a
// user, a path and a query may be secrets.

/// The scheme, host and port of a page.
package struct Origin: Sendable, Hashable {
    /// In lower case.
    package let scheme: String
    /// The host and port; a port that the scheme implies is left out as a rule.
    package let authority: Authority

    /// The origin that a text spells; nil for `null`, and for what is malformed.
    package init?(_ text: String) {
        guard let mark = text.utf8.firstIndex(of: ASCII.colon) else { return nil }
        let scheme = text[..<mark]
        guard let first = scheme.utf8.first, ASCII.isLetter(first),
            scheme.utf8.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || "+-.".utf8.contains($0) }),
            text[mark...].hasPrefix("://"), let authority = Authority(String(text[mark...].dropFirst(3)))
        else { return nil }
        self.scheme = scheme.lowercased()
        self.authority = authority
    }

    /// Where an absolute `http` or `https` URL leads; nil for any other.
    package init?(ofURL url: String) {
        guard let mark = url.utf8.firstIndex(of: ASCII.colon) else { return nil }
        let scheme = url[..<mark].lowercased()
        guard scheme == "http" || scheme == "https", url[mark...].utf8.starts(with: "://".utf8) else { return nil }
        var place = url[mark...].utf8.dropFirst(3).prefix { !"/?#".utf8.contains($0) }
        if let user = place.lastIndex(of: UInt8(ascii: "@")) { place = place[place.index(after: user)...] }
        guard let authority = Authority(String(Substring(place))) else { return nil }
        self.scheme = scheme
        self.authority = authority
    }

    /// Whether this is a page of the host that a request is for, ports given or implied by the scheme.
    package func isSame(as host: Authority) -> Bool {
        authority.host == host.host && port(authority) == port(host)
    }

    private func port(_ authority: Authority) -> UInt16? {
        if let port = authority.port { return port }
        switch scheme {
        case "http": return 80
        case "https": return 443
        default: return nil
        }
    }
}

extension Origin: CustomStringConvertible {
    /// As a browser would send it, a port that is given included.
    package var description: String { "\(scheme)://\(authority)" }
}
