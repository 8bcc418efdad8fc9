// Owns what the options come to for those who serve: the one place that puts a server's settings together.

package import Admission
import HTTP2
import HTTPMessage
import Hub
package import Keys
import Network
import TimerWheel
import Wishes

extension Configuration {
    /// What workers are told.
    ///
    /// - Parameters:
    ///   - places: where the server listens.
    ///   - keys: those of good tokens, if there are any.
    ///   - trust: which proxies' words count.
    ///   - openFiles: how many files it may have open.
    package func settings(
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
            redirect: tlsRedirect ? secure.map(Self.redirect) : nil)
    }

    /// What sends those who ask in clear to an address.
    private static func redirect(to address: SocketAddress) -> TLSRedirect {
        TLSRedirect(
            to: address.bytes.count == 4 ? address.host : "[\(address.host)]", port: address.port)
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
