internal import Fanfare

/// What `fanfare serve` can be told.
struct ServeOptions: Sendable {
    var configuration = Configuration()
    /// Serve without authorization, and the gallery with it.
    var demo = false
    /// Print every value and where it is from, and do not serve.
    var check = false
    /// A file with more options.
    var config: String?

    static let table = OptionTable<ServeOptions>(
        command: .serve,
        options: [
            .list(
                "listen", "ADDR:PORT", \.configuration.listen, orElse: "none",
                "an address to listen on; may be repeated; port 0 picks a free one; http://ADDR:PORT and https://ADDR:PORT say which, else it is https if there is a certificate"
            ),
            .list(
                "tls-cert", "FILE", \.configuration.tlsCert, orElse: "none",
                "a certificate and its chain, in PEM; may be repeated, for several names; read anew on SIGHUP and when it changes"
            ),
            .list(
                "tls-key", "FILE", \.configuration.tlsKey, orElse: "none",
                "its private key, in PEM; one for each --tls-cert, in the same order"),
            .flag(
                "tls-self-signed", \.configuration.tlsSelfSigned,
                "a certificate of the hub's own making, for development; kept beside the log"),
            .flag(
                "tls-redirect", \.configuration.tlsRedirect,
                "answer requests in clear with the https address, but for health checks"),
            .list(
                "trusted-proxy", "CIDR", \.configuration.trustedProxy, orElse: "none",
                "a proxy, or a range of them, whose Forwarded, X-Forwarded-For and X-Forwarded-Proto are believed; may be repeated"
            ),
            .flag(
                "proxy-protocol", \.configuration.proxyProtocol,
                "each connection begins with a header of the PROXY protocol, by a --trusted-proxy or else by this machine's own"
            ),
            .value(
                "log", "URL", \.configuration.log,
                "where events are kept: sqlite:PATH, a file that outlives the hub, or 'memory', gone when it ends",
                read: readLog, show: showLog),
            .count("retain-events", \.configuration.retainEvents, "the log keeps at most this many events"),
            .duration("retain-age", \.configuration.retainAge, "the log keeps events for this long"),
            .size("retain-bytes", \.configuration.retainBytes, "the log keeps at most this many bytes"),
            .count("workers", \.configuration.workers, orElse: "one a core", "event loops, each on its own thread"),
            .duration("heartbeat", \.configuration.heartbeat, "a comment is sent on a stream that was idle this long"),
            .duration("retry", \.configuration.retry, "the wait before a reconnect that each stream is told, ± 50 %"),
            .duration(
                "drain-retry", \.configuration.drainRetry,
                "the same when the hub ends: drawn evenly from 500ms up to this"),
            .count(
                "max-connections", \.configuration.maxConnections, orElse: "the limit of open files less 64",
                "open connections in all"),
            .count(
                "max-streams-per-address", \.configuration.maxStreamsPerAddress, orElse: "none",
                "event streams that are open for one address; an IPv6 /64 is one"),
            .count(
                "max-streams-per-user", \.configuration.maxStreamsPerUser, orElse: "none",
                "event streams that are open for one user"),
            .rate(
                "publish-rate", \.configuration.publishRate, orElse: "none",
                "events that one user may publish, or one address where there is no user"),
            .size("max-event-size", \.configuration.maxEventSize, "bytes of one event"),
            .size("max-body-size", \.configuration.maxBodySize, "bytes of one request's body"),
            .size("max-head-size", \.configuration.maxHeadSize, "bytes of one request's head"),
            .count(
                "http2-max-streams", \.configuration.http2MaxStreams,
                "requests and streams that one HTTP/2 connection may have open"),
            .rate(
                "http2-reset-rate", \.configuration.http2ResetRate,
                "streams that one HTTP/2 connection may begin only to end them at once"),
            .rate(
                "http2-control-rate", \.configuration.http2ControlRate,
                "frames that ask for nothing that one HTTP/2 connection may send"),
            .count("max-topics", \.configuration.maxTopics, "topics and patterns of one subscription or inbox"),
            .size(
                "slow-limit-bytes", \.configuration.slowLimitBytes,
                "a stream is closed when this much waits for its reader; at least twice --max-event-size"),
            .duration(
                "slow-limit-age", \.configuration.slowLimitAge,
                "a stream is closed when what waits for its reader has not moved for this long"),
            .list(
                "key-file", "FILE", \.configuration.keyFile, orElse: "one beside the log, made at the first start",
                "keys that verify tokens: a secret, PEM, a JWK or a set; may be repeated; read anew on SIGHUP and when it changes"
            ),
            .list(
                "jwks", "URL-or-FILE", \.configuration.jwks, orElse: "none",
                "a set of keys (RFC 7517) that verify tokens; may be repeated; a URL is fetched every five minutes and when a token names a new key"
            ),
            .text("issuer", "TEXT", \.configuration.issuer, orElse: "any", "what a token's iss has to be"),
            .text("audience", "TEXT", \.configuration.audience, orElse: "any", "what a token's aud has to hold"),
            .duration(
                "token-leeway", \.configuration.tokenLeeway, "how far the clocks of those who make tokens may be off"),
            .flag("anonymous", \.configuration.anonymous, "who has no token may read events that are not private"),
            .flag("open", \.configuration.open, "no authorization at all; only on loopback addresses"),
            .flag(
                "open-anywhere", \.configuration.openAnywhere,
                "with --open or --demo: also on addresses that other machines reach, under any name"),
            .flag("demo", \.demo, "--open and the gallery of examples"),
            .list(
                "cors", "ORIGIN", \.configuration.cors, orElse: "none",
                "an origin whose pages may read and publish; may be repeated; * for any, without credentials"),
            .duration("drain", \.configuration.drain, "how long streams may take to end after SIGTERM"),
            .choice("log-format", \.configuration.logFormat, "how the hub writes its own log lines"),
            .choice("log-level", \.configuration.logLevel, "the least severe line that is written"),
            OptionDefinition.text("config", "FILE", \.config, orElse: "none", "a JSON file with more options")
                .only([.commandLine, .environment]),
            OptionDefinition.flag("check", \.check, "print every value and where it is from, and do not serve")
                .only(.commandLine),
        ])

    /// What `--help` says beside the options.
    static let note = """
        Each option can also be set as FANFARE_NAME in the environment (FANFARE_RETAIN_AGE=24h; several values parted by
        commas) and as "name" in --config FILE ({"retain-age": "24h"}). The command line beats the environment, and that
        the file. Durations are 250ms 15s 5m 24h 7d, sizes 64KiB 1MiB 2GiB or bytes.
        """

    private static func readLog(_ text: String) throws(OptionValueError) -> Configuration.Log {
        if text == "memory" { return .memory }
        let scheme = "sqlite:"
        guard text.hasPrefix(scheme) else {
            throw OptionValueError("'\(text)' is not a log that exists so far; write memory or sqlite:PATH")
        }
        let path = String(text.dropFirst(scheme.count))
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw OptionValueError("'\(text)' names no file; write sqlite:fanfare.db, say")
        }
        return .sqlite(path)
    }

    private static func showLog(_ log: Configuration.Log) -> String {
        switch log {
        case .memory: "memory"
        case .sqlite(let path): "sqlite:\(path)"
        }
    }
}
