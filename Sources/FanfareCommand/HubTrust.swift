// Owns whom a command takes for the hub, and the options that say so. Must never trust anyone without being told to.

/// Whom a command trusts to be the hub, over https.
struct HubTrust: Sendable, Equatable {
    /// The environment's name for the file, for every command that asks a hub.
    static let variable = "FANFARE_CA_FILE"

    /// A file of certificates to trust, in PEM; nil for those that the system trusts.
    var file: String?
    /// Whether anyone is trusted.
    var isBlind = false
}

extension OptionDefinition {
    /// `--ca-file`, also `FANFARE_CA_FILE`.
    static func trustedFile(_ path: Path<String?>) -> Self {
        text(
            "ca-file", "FILE", path, orElse: "those of the system",
            "the certificates to trust over https, in PEM, as fanfare.db-tls.pem; also \(HubTrust.variable)"
        )
        .only([.commandLine, .environment])
    }

    /// `--insecure`.
    static func blindTrust(_ path: Path<Bool>) -> Self {
        flag("insecure", path, "over https, take anyone for the hub: for trying things out").only(.commandLine)
    }
}
