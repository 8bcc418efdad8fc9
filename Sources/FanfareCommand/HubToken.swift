// Owns the token that a command shows to a hub. Must never let it be printed: not in an error, not in the help.

/// A token for a hub, as `--token` gives it.
struct HubToken: Sendable, Equatable, CustomStringConvertible {
    /// Its name in the environment, for every command that asks a hub.
    static let variable = "FANFARE_TOKEN"

    private let text: String

    init(optionText text: String) throws(OptionValueError) {
        // What may stand in a field behind "Bearer" (RFC 6750 section 2.1); tokens of the hub are made of fewer letters.
        let isSound = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
                true
            default: false
            }
        }
        guard isSound, !text.isEmpty else {
            throw OptionValueError("this is not a token; 'fanfare help token' tells how to make one")
        }
        self.text = text
    }

    /// The field that shows it to the hub, if there is one to show.
    static func fields(_ token: HubToken?) -> [(name: String, value: String)] {
        token.map { [("Authorization", "Bearer \($0.text)")] } ?? []
    }

    /// Not the token.
    var description: String { "a token" }
}

extension OptionDefinition {
    /// `--token`, also `FANFARE_TOKEN`.
    static func hubToken(_ path: Path<HubToken?>) -> Self {
        value(
            "token", "TOKEN", path,
            "what the hub is shown to let this in; better in \(HubToken.variable): other users of the machine see arguments",
            read: { (text) throws(OptionValueError) in try HubToken(optionText: text) }, show: { _ in "" }
        )
        .only([.commandLine, .environment])
    }
}
