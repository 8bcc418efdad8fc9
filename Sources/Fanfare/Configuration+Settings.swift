// Owns what the options come to for those who serve: the one place that puts a server's settings together.

import Admission
import Answers
import HTTP2
import Hub
import Keys
import Network
import TimerWheel

extension Configuration {
    /// What workers are told.
    ///
    /// - Parameters:
    ///   - places: where the server listens.
    ///   - keys: those of good tokens, if there are any.
    ///   - trust: which proxies' words count.
    ///   - openFiles: how many files it may have open.
    func settings(
        at places: [ListeningPlace], keys: KeyRing?, trust: ProxyTrust, openFiles: Int
    ) -> HubSettings {
        let secure = places.first(where: \.isSecure)?.address
        return HubSettings(
            streams: StreamRules(
                heartbeat: heartbeat.milliseconds, retry: retry.milliseconds, drainRetry: drainRetry.milliseconds,
                slowBytes: slowLimitBytes, slowAge: slowLimitAge.milliseconds, refreshWindow: retainEvents),
            events: EventLimits(topics: maxTopics, eventBytes: maxEventSize, bodyBytes: maxBodySize),
            connections: connectionLimits,
            mostConnections: maxConnections ?? max(16, openFiles - 64),
            browsers: BrowserRules(
                cors: cors, hosts: places.map(\.address.host), isHostChecked: open && !openAnywhere),
            gate: Gate(isOpen: open, keys: keys, rules: tokenRules, isPublicReadable: anonymous),
            publishPace: publishRate.map { PublishPace(rate: $0) },
            streamQuota: StreamQuota(perAddress: maxStreamsPerAddress, perUser: maxStreamsPerUser),
            trust: trust,
            places: places,
            redirect: tlsRedirect ? secure.map(TLSRedirect.init) : nil)
    }

    /// How long connections may take, and how much each may send.
    private var connectionLimits: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.request.bodyBytes = maxBodySize
        limits.request.headBytes = maxHeadSize
        limits.request.targetBytes = maxHeadSize / 2
        limits.http2.headBytes = maxHeadSize
        limits.http2.streams = http2MaxStreams
        limits.http2.resets = Rate(perSecond: http2ResetRate)
        limits.http2.controlFrames = Rate(perSecond: http2ControlRate)
        // A stream that is stuck is the board's to end; a connection that is stuck then has none.
        limits.stuckStreams = slowLimitAge.milliseconds + limits.answer
        return limits
    }
}

extension Logger {
    /// A log as a configuration wants it.
    init(_ configuration: Configuration) {
        self.init(format: Format(configuration.logFormat), level: Level(configuration.logLevel))
    }
}

extension Logger.Format {
    fileprivate init(_ format: Configuration.LogFormat) {
        self =
            switch format {
            case .text: .text
            case .json: .json
            }
    }
}

extension Logger.Level {
    fileprivate init(_ level: Configuration.LogLevel) {
        self =
            switch level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
    }
}
