// Owns the rules about `Host`, `Origin` and CORS. Must never let a foreign page's word stand for a permission, nor name
// an origin that is not in the configuration.

package import Answers
package import HTTPMessage

/// What keeps the pages of other sites from using a browser against the hub.
package struct BrowserRules: Sendable {
    private let origins: Set<String>
    private let isAnyOriginAllowed: Bool
    private let hosts: [String]
    private let isHostChecked: Bool

    /// - Parameters:
    ///   - cors: the origins whose pages may read and publish; `*` is any.
    ///   - hosts: the addresses that the server listens on.
    ///   - isHostChecked: whether only loopback's names and those addresses are taken as `Host`.
    package init(cors: [String], hosts: [String], isHostChecked: Bool) {
        origins = Set(cors.filter { $0 != "*" }.map { $0.lowercased() })
        isAnyOriginAllowed = cors.contains("*")
        self.hosts = Array(Set(hosts + ["localhost", "127.0.0.1", "::1"])).sorted()
        self.isHostChecked = isHostChecked
    }

    /// Why a request is not served at all; `nil` if it is.
    ///
    /// - Parameters:
    ///   - head: the request's head.
    ///   - isSecure: whether it came over TLS.
    package func refusal(of head: borrowing RequestHead, isSecure: Bool) -> Problem? {
        guard isHostAllowed(head) else {
            return Problem(
                .misdirectedRequest, "misdirected",
                "the host \"\(head.host)\" is not one of this hub's: without authorization it answers to localhost and the addresses it listens on, which keeps web pages from reaching it under a name of theirs"
            )
        }
        switch head.method {
        case .post, .put, .delete, .patch: return isWriteAllowed(head, isSecure) ? nil : Self.foreignOrigin
        default: return nil
        }
    }

    /// The fields that let a page of an allowed origin read the answer.
    package func answerFields(for head: borrowing RequestHead) -> [(FieldName, String)] {
        if origins.isEmpty && !isAnyOriginAllowed { return [] }
        guard let origin = head[.origin] else { return origins.isEmpty ? [] : [(.vary, "Origin")] }
        if origins.contains(origin.lowercased()) {
            return [
                (.accessControlAllowOrigin, origin), (.accessControlAllowCredentials, "true"),
                (.vary, "Origin"),
            ]
        }
        if isAnyOriginAllowed { return [(.accessControlAllowOrigin, "*")] }
        return origins.isEmpty ? [] : [(.vary, "Origin")]
    }

    /// What a preflight asks for (Fetch, section 4.8). It counts only beside the fields that allow the origin: whom that lets
    /// in may send any field, as whoever is no browser may. A name that is no token is left out, and asks for nothing.
    package func preflightFields(methods: String, for head: borrowing RequestHead) -> [(FieldName, String)] {
        var names = Self.usualFields
        for name in (head[.accessControlRequestHeaders] ?? "").split(separator: ",") {
            let words = name.split { $0 == " " || $0 == "\t" }
            guard words.count == 1, let name = words.first.map(String.init), ASCII.isToken(name) else { continue }
            if !Self.usualFields.contains(where: { ASCII.isSame($0, name) }) { names.append(name) }
        }
        return [
            (.accessControlAllowMethods, methods), (.accessControlAllowHeaders, names.joined(separator: ", ")),
            (.accessControlMaxAge, "7200"),
        ]
    }

    /// What the hub's own endpoints are sent.
    private static let usualFields = [
        "Authorization", "Cache-Control", "Content-Type", "Idempotency-Key", "Last-Event-ID",
    ]

    private func isHostAllowed(_ head: borrowing RequestHead) -> Bool {
        guard isHostChecked else { return true }
        // Who names no host speaks HTTP/1.0, and is no browser.
        return !head.namesHost || isKnownHost(head)
    }

    private func isKnownHost(_ head: borrowing RequestHead) -> Bool {
        for host in hosts where head.isFor(host: host) { return true }
        return false
    }

    private func isWriteAllowed(_ head: borrowing RequestHead, _ isSecure: Bool) -> Bool {
        let hasCookie = head.fields.contains(.cookie)
        guard let origin = head[.origin] else {
            return !hasCookie || head[.secFetchSite] == "same-origin"
        }
        if origins.contains(origin.lowercased()) { return true }
        if isAnyOriginAllowed && !hasCookie { return true }
        return Self.isOwn(origin, host: head.host, isSecure)
    }

    /// Whether an origin is the host that the request names. Over TLS a page that came in clear is another's: who is on
    /// the way may have written it. In clear there may be a proxy before the hub that speaks TLS.
    private static func isOwn(_ origin: String, host: String, _ isSecure: Bool) -> Bool {
        guard let origin = Origin(origin), let host = Authority(host) else { return false }
        return origin.isSame(as: host) && (!isSecure || origin.scheme == "https")
    }

    private static let foreignOrigin = Problem(
        .forbidden, "foreign-origin",
        "the request comes from a page of another origin: name that origin with --cors, or publish from a page of this host"
    )
}
