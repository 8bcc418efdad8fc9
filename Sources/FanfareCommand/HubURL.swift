// Owns how the URLs of a hub are made of what the user calls it. Must never send anything itself.

internal import HTTPMessage

/// The base of a hub's URLs, `http://localhost:8080` or with a path of its own.
struct HubURL: Sendable, Equatable {
    /// Its name in the environment, for every command that asks a hub.
    static let variable = "FANFARE_URL"

    /// Without a slash at the end.
    private let base: String

    /// The hub on this machine, at its default port.
    static let local = HubURL(base: "http://127.0.0.1:8080")

    private init(base: String) {
        self.base = base
    }

    init(optionText text: String) throws(OptionValueError) {
        let scheme = ["http://", "https://"].first { text.lowercased().hasPrefix($0) }
        guard let scheme, text.utf8.count > scheme.utf8.count else {
            let hint = text.contains("://") || text.isEmpty ? "" : "; did you mean http://\(ShownURL(text))?"
            throw OptionValueError(
                "'\(ShownURL(text))' is not the URL of a hub; write http://HOST:PORT or https://HOST\(hint)")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3F && $0 != 0x23 }) else {
            throw OptionValueError(
                "'\(ShownURL(text))' is not the base URL of a hub: no query, no fragment, no blank")
        }
        base = text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// The URL as it is shown.
    var text: String { base }

    /// A URL below the base; names and values of the query are percent-encoded here.
    func url(_ path: String, query: [(name: String, value: String)] = []) -> String {
        let pairs = query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        return base + path + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }
}

extension OptionDefinition {
    /// `--url`, also `FANFARE_URL`.
    static func hubURL(_ path: Path<HubURL>) -> Self {
        value(
            "url", "URL", path, "where the hub is; also \(HubURL.variable)", read: HubURL.init(optionText:),
            show: \.text
        )
        .only([.commandLine, .environment])
    }
}
