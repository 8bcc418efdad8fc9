internal import Authorization
internal import TimerWheel

/// What `fanfare token` can be told.
struct TokenOptions: Sendable {
    var keyFile: String?
    var algorithm: Algorithm?
    /// The name of the key.
    var kid: String?
    var user: String?
    var publish: [String] = []
    var subscribe: [String] = []
    var admin = false
    var expires: Duration?
    var issuer: String?
    var audience: String?
    /// The token to look into, or `-` for standard input.
    var inspect: String?

    /// By which a token is judged: those of a hub that is told the same.
    var rules: TokenRules { TokenRules(issuer: issuer, audience: audience, leeway: TokenRules.usualLeeway) }

    static let table = OptionTable<TokenOptions>(
        command: .token,
        options: [
            OptionDefinition.text(
                "key-file", "FILE", \.keyFile, orElse: "",
                "the key: a secret, or a private key in PEM or as a JWK; to look into a token, a public one will do"),
            OptionDefinition.value(
                "alg", "ALG", \.algorithm,
                "how to sign: HS256, HS384, HS512, RS256, RS384, RS512, PS256, ES256, ES384 or EdDSA",
                read: readAlgorithm, show: { $0?.rawValue ?? "the key's usual one" }),
            OptionDefinition.text(
                "kid", "ID", \.kid, orElse: "the key's own, if it has one", "which key of the file, or what to call it"),
            OptionDefinition.text("user", "NAME", \.user, orElse: "nobody", "who shows the token (sub)"),
            OptionDefinition.list(
                "publish", "PATTERN", \.publish, orElse: "nothing",
                "topics to publish to; {user} stands for the user's name; may be repeated"),
            OptionDefinition.list(
                "subscribe", "PATTERN", \.subscribe, orElse: "nothing", "topics to read, likewise; may be repeated"),
            OptionDefinition.flag("admin", \.admin, "may administer the hub"),
            OptionDefinition.value(
                "expires", "DURATION", \.expires, "how long it is good, from now on", read: readExpiry,
                show: { $0.map { DurationText.text($0) } ?? "for ever" }),
            OptionDefinition.text("issuer", "NAME", \.issuer, orElse: "", "who makes it (iss)"),
            OptionDefinition.text("audience", "NAME", \.audience, orElse: "", "which hubs it is for (aud)"),
            OptionDefinition.text(
                "inspect", "TOKEN|-", \.inspect, orElse: "", "look into a token; - reads it from standard input"),
        ].map { $0.only(.commandLine) })

    static let note = """
        Prints a token (JWT) that a hub with the same key accepts:
            openssl rand -base64 48 > key
            fanfare token --key-file key --user alice --publish 'chat/*' --subscribe 'users/{user}/**' --expires 1h
        Without --expires it is good until the hub's key is replaced.
        --inspect prints header and claims, when the token ends, and what it allows. With --key-file it also verifies it, and with
        --issuer and --audience that it has these; exit status 1 means that it is refused. Give it as - to keep it out of the
        shell's history and the list of processes.
        """

    private static func readAlgorithm(_ text: String) throws(OptionValueError) -> Algorithm? {
        if let algorithm = Algorithm(rawValue: text) { return algorithm }
        let names = Algorithm.allCases.map(\.rawValue)
        throw OptionValueError("'\(text)' is not one of \(names.joined(separator: ", "))")
    }

    private static func readExpiry(_ text: String) throws(OptionValueError) -> Duration? {
        let duration = try DurationText.read(text)
        guard duration >= .seconds(1) else { throw OptionValueError("a token is good for a second at least") }
        return duration
    }
}
