import Authorization

/// What a `Server` is told before it runs: where it listens, what its log keeps, and its limits.
///
/// Each property is the option of `fanfare serve` of the same name; `docs/configuration.md` lists them all.
public struct Configuration: Sendable, Equatable {
    /// Addresses to listen on, as `ADDRESS:PORT` with IPv6 addresses in brackets; port 0 picks a free one. With `https://`
    /// before it TLS is spoken there, with `http://` it is not; with neither it is if there is a certificate.
    public var listen: [String] = ["127.0.0.1:8080"]
    /// Where events are kept.
    public var log: Log = .sqlite("fanfare.db")
    /// The log keeps at most this many events.
    public var retainEvents: Int = 1_000_000
    /// The log keeps events for this long.
    public var retainAge: Duration = .seconds(24 * 60 * 60)
    /// The log keeps at most this many bytes.
    public var retainBytes: Int = 1 << 30
    /// Event loops, each on its own thread; `nil` is one a core.
    public var workers: Int?
    /// A comment is sent on a stream that was idle this long.
    public var heartbeat: Duration = .seconds(15)
    /// The `retry:` that each stream is told, give or take half of it.
    public var retry: Duration = .seconds(2)
    /// On drain, `retry:` is drawn evenly from half a second up to this.
    public var drainRetry: Duration = .seconds(10)
    /// Open connections in all; `nil` is what the limit of open files allows, less 64.
    public var maxConnections: Int?
    /// Bytes of one event: its topics, type, id and data.
    public var maxEventSize: Int = 256 << 10
    /// Bytes of one request's body.
    public var maxBodySize: Int = 8 << 20
    /// Bytes of one request's head, unpacked; its target may have half of them.
    public var maxHeadSize: Int = 16 << 10
    /// Requests and streams that one connection of HTTP/2 may have open at a time.
    public var http2MaxStreams: Int = 1000
    /// Streams that one connection of HTTP/2 may begin only to end them at once, a second; those of ten seconds in a row.
    public var http2ResetRate: Int = 100
    /// Frames that ask for nothing (PING, SETTINGS, PRIORITY, empty DATA and the like) that one connection of HTTP/2 may
    /// send, a second; those of ten seconds in a row, and one more with each request.
    public var http2ControlRate: Int = 100
    /// Topics and patterns of one subscription, patterns added to one inbox, topics of one event.
    public var maxTopics: Int = 64
    /// A stream is closed when this many bytes of live events wait for its reader.
    public var slowLimitBytes: Int = 1 << 20
    /// A stream is closed when nothing that waits for its reader has moved for this long.
    public var slowLimitAge: Duration = .seconds(30)
    /// Event streams that are open for one address, an IPv6 network of 64 bits being one; `nil` is any number.
    public var maxStreamsPerAddress: Int?
    /// Event streams that are open for one user; `nil` is any number.
    public var maxStreamsPerUser: Int?
    /// Events a second that one user may publish, or one address where there is no user; `nil` is any number.
    public var publishRate: Int?
    /// Serve without any authorization; only on loopback addresses, unless ``openAnywhere``.
    public var open: Bool = false
    /// With ``open``: serve on addresses that other machines reach too, under any name.
    public var openAnywhere: Bool = false
    /// Files of keys with which tokens are verified: a secret, PEM, a JWK or a set of them.
    public var keyFile: [String] = []
    /// Sets of keys (RFC 7517): files, or URLs from which they are fetched again and again.
    public var jwks: [String] = []
    /// Whose tokens are taken: what their `iss` has to be.
    public var issuer: String?
    /// For whom tokens have to be: one of their `aud`.
    public var audience: String?
    /// How far the clocks of those who make tokens may be off.
    public var tokenLeeway: Duration = .seconds(TokenRules.usualLeeway)
    /// Whether who has no token may read events that are not private.
    public var anonymous: Bool = false
    /// Files of certificates, each with its chain, in PEM; the first is for clients that name no host, or one that none
    /// of them has.
    public var tlsCert: [String] = []
    /// Files of their private keys, in PEM, in the same order.
    public var tlsKey: [String] = []
    /// Serve TLS with a certificate of the server's own making, which clients have to be told to trust.
    public var tlsSelfSigned: Bool = false
    /// Answer requests in clear with the https address, those of health checks aside.
    public var tlsRedirect: Bool = false
    /// Proxies whose word on a client's address counts: addresses, or ranges as `10.0.0.0/8`.
    public var trustedProxy: [String] = []
    /// Take connections only from proxies, which say by the PROXY protocol whose each is: those of ``trustedProxy``, or
    /// if there are none, those of this machine.
    public var proxyProtocol: Bool = false
    /// Origins whose pages may read and publish; `*` allows any, without credentials.
    public var cors: [String] = []
    /// How long streams may take to end after SIGTERM or cancellation.
    public var drain: Duration = .seconds(10)
    /// How the server writes its own log lines.
    public var logFormat: LogFormat = .text
    /// The least severe line that is written.
    public var logLevel: LogLevel = .info

    /// The defaults.
    public init() {}

    /// The defaults but for where it listens and what it keeps.
    public init(listen: [String] = Configuration().listen, log: Log = .sqlite("fanfare.db")) {
        self.listen = listen
        self.log = log
    }

    /// Where events are kept.
    public enum Log: Sendable, Equatable {
        /// In memory: gone when the process ends.
        case memory
        /// In a file that SQLite keeps, made if it is not there: what was acknowledged is there after a crash. A relative
        /// path is relative to where the process runs.
        case sqlite(String)
    }

    /// How log lines look.
    public enum LogFormat: String, Sendable, CaseIterable {
        case text, json
    }

    /// How severe a log line is, from the least to the most.
    public enum LogLevel: String, Sendable, CaseIterable {
        case debug, info, warning, error
    }
}

extension Configuration.LogLevel: Comparable {
    /// From the least severe to the most.
    public static func < (one: Self, other: Self) -> Bool {
        allCases.firstIndex(of: one)! < allCases.firstIndex(of: other)!
    }
}
