// Owns the reading of what trusted proxies write into a request's head. Must never take a word that the client could have
// written itself, nor work more than the head is long.

package import HTTPMessage

/// What trusted proxies say of a request.
package struct ProxyWord: Sendable, Equatable {
    /// Whose request it is. Nil if nothing sure is said: then it is the connection's.
    package let address: ClientAddress?
    /// Whether the client asked over TLS; nil if nothing is said.
    package let isSecure: Bool?
}

extension TrustedProxies {
    /// What is said of a request by `Forwarded` (RFC 7239), `X-Forwarded-For` and `X-Forwarded-Proto`.
    ///
    /// A proxy adds whom it got the request from at the end of a list. So the list is followed from there while it leads
    /// from one trusted proxy to the next; whoever is not trusted is the client. What stands further to the front is the
    /// client's own word.
    ///
    /// A proxy that writes the one field passes on the other as its client wrote it. So where there are both, and they
    /// lead to different clients, neither counts.
    ///
    /// - Parameters:
    ///   - head: the request's head.
    ///   - peer: tells whom the request came from; asked only if something is said.
    /// - Returns: nil if nothing is said, or not by a trusted proxy.
    package func word(on head: borrowing RequestHead, from peer: () -> IPAddress?) -> ProxyWord? {
        let fields = head.fields
        guard fields.contains(.forwarded) || fields.contains(.xForwardedFor) || fields.contains(.xForwardedProto),
            let peer = peer(), contains(peer)
        else { return nil }
        let elements = Self.elements(head.values(of: .forwarded))
        let list = Self.list(head.values(of: .xForwardedFor))
        let schemes = Self.list(head.values(of: .xForwardedProto))
        let modern = follow(elements.map { $0?.node })
        let legacy = follow(list)
        let saysWho = elements.contains { $0 == nil || $0?.node != nil }
        let address: ClientAddress?
        switch (saysWho, list.isEmpty) {
        case (true, true): address = modern.address
        case (true, false): address = Self.common(modern, legacy)
        case (false, _): address = legacy.address
        }
        // One scheme for each hop, or one by the nearest.
        let place = schemes.count == list.count ? legacy.place : schemes.count - 1
        let said = [modern.place >= 0 ? elements[modern.place]?.scheme : nil, place >= 0 ? schemes[place] : nil]
        let answers = said.compactMap(\.self).map(Self.isSecure)
        let agreed = answers.allSatisfy { $0 == answers.first } ? answers.first ?? nil : nil
        return ProxyWord(address: address, isSecure: agreed)
    }

    /// Where following a list of nodes led to.
    private struct Trail {
        /// The last address that somebody trusted told; nil if there is none.
        var address: ClientAddress?
        /// The place in the list at which it ended; -1 if the list is empty.
        var place = -1
        /// Whether all of the list are trusted, so that nothing says who began.
        var isOpen = true
    }

    /// Follows nodes from the last one on. Nil is one that nobody can read.
    private func follow(_ nodes: [String?]) -> Trail {
        var trail = Trail()
        for place in nodes.indices.reversed() {
            trail.place = place
            guard let node = nodes[place], let address = ClientAddress(node: node) else {
                trail.isOpen = false
                break
            }
            trail.address = address
            if !contains(address.ip) {
                trail.isOpen = false
                break
            }
        }
        return trail
    }

    /// The address on which both agree, or to which only one of them led.
    private static func common(_ modern: Trail, _ legacy: Trail) -> ClientAddress? {
        if modern.address?.ip == legacy.address?.ip { return modern.address }
        if modern.isOpen != legacy.isOpen { return modern.isOpen ? legacy.address : modern.address }
        return nil
    }

    /// The elements of all Forwarded fields; nil stands for a field that is malformed.
    private static func elements(_ values: [String]) -> [ForwardedElement?] {
        values.flatMap { (value) -> [ForwardedElement?] in ForwardedElement.list(value) ?? [nil] }
    }

    /// The elements of all fields of a list without quotes, which may have empty ones.
    private static func list(_ values: [String]) -> [String] {
        values.flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).compactMap { part in
                let isBlank = { (octet: UInt8) in octet == 0x20 || octet == 0x09 }
                guard let first = part.firstIndex(where: { !isBlank($0) }),
                    let last = part.lastIndex(where: { !isBlank($0) })
                else { return nil }
                return String(decoding: part[first...last], as: UTF8.self)
            }
        }
    }

    private static func isSecure(_ scheme: String) -> Bool? {
        switch scheme.lowercased() {
        case "https": true
        case "http": false
        default: nil
        }
    }
}
