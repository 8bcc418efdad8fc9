// Which configurations can be served: the rules that hold for one value, and those between two. Nothing here looks at the
// machine; whether an address is free, say, is found out when it is bound.

import Admission
import Network

extension Configuration {
    /// Checks every value and the rules between them.
    ///
    /// - Parameter withHub: whether the hub's endpoints are served, for which there have to be keys.
    /// - Throws: the first ``ConfigurationError`` found, in the order of the properties.
    public func validate(withHub: Bool = true) throws(ConfigurationError) {
        try validateAddresses()
        try validateTLS()
        _ = try trust()
        try validateKeys(areNeeded: withHub)
        try validateCounts()
        try validateDurations()
        try validateSlowLimit()
        for origin in cors where !Self.isOrigin(origin) {
            throw ConfigurationError("cors", "'\(origin)' is not an origin; write https://HOST, http://HOST:PORT, or *")
        }
    }

    private func validateAddresses() throws(ConfigurationError) {
        guard !listen.isEmpty else { throw ConfigurationError("listen", "no address; write one as 127.0.0.1:8080") }
        for text in listen {
            let address: SocketAddress
            do throws(NetworkError) {
                address = try ListenAddress(text).address
            } catch {
                throw ConfigurationError("listen", error.description)
            }
            if open, !openAnywhere, !address.isLoopback {
                throw ConfigurationError(
                    "listen",
                    "'\(text)' can be reached from other machines, and --open asks nobody for a permission; "
                        + "listen on 127.0.0.1, [::1] or localhost, or mean it and add --open-anywhere")
            }
        }
        if openAnywhere, !open {
            throw ConfigurationError("open-anywhere", "it widens --open and --demo; add one of them, or leave it out")
        }
    }

    private func validateCounts() throws(ConfigurationError) {
        let counts = [
            ("retain-events", retainEvents), ("retain-bytes", retainBytes), ("workers", workers ?? 1),
            ("max-connections", maxConnections ?? 1), ("max-event-size", maxEventSize), ("max-body-size", maxBodySize),
            ("max-topics", maxTopics), ("slow-limit-bytes", slowLimitBytes), ("http2-max-streams", http2MaxStreams),
            ("http2-reset-rate", http2ResetRate), ("http2-control-rate", http2ControlRate),
            ("max-streams-per-address", maxStreamsPerAddress ?? 1), ("max-streams-per-user", maxStreamsPerUser ?? 1),
            ("publish-rate", publishRate ?? 1),
        ]
        for (option, count) in counts where count < 1 {
            throw ConfigurationError(option, "\(count) is too few; the least is 1")
        }
        if let workers, workers > 1024 {
            throw ConfigurationError("workers", "\(workers) is too many; one a core is enough, and the most is 1024")
        }
        // What a browser sends with every request fits the least; the most is what a parser counts with ease.
        if maxHeadSize < 1 << 10 || maxHeadSize > 1 << 20 {
            throw ConfigurationError("max-head-size", "\(maxHeadSize) bytes; the least is 1KiB and the most 1MiB")
        }
        if http2MaxStreams > 1 << 20 {
            throw ConfigurationError("http2-max-streams", "\(http2MaxStreams) is too many; the most is \(1 << 20)")
        }
        if let publishRate, publishRate > PublishPace.mostPerSecond {
            throw ConfigurationError(
                "publish-rate", "\(publishRate)/s is too many; the most is \(PublishPace.mostPerSecond)/s")
        }
        if maxBodySize < maxEventSize {
            throw ConfigurationError(
                "max-body-size",
                "\(maxBodySize) bytes cannot hold an event of --max-event-size (\(maxEventSize)); raise the one or lower the other"
            )
        }
    }

    private func validateDurations() throws(ConfigurationError) {
        typealias Bound = (value: Duration, text: String)
        let instant: Bound = (.milliseconds(1), "1ms")
        let day: Bound = (.seconds(24 * 60 * 60), "24h")
        let durations: [(option: String, value: Duration, least: Bound, most: Bound)] = [
            ("retain-age", retainAge, instant, (day.value * 36_500, "36500d")),
            ("heartbeat", heartbeat, instant, day),
            ("retry", retry, instant, day),
            // Drawn evenly from half a second up to this.
            ("drain-retry", drainRetry, (.milliseconds(500), "500ms"), day),
            ("slow-limit-age", slowLimitAge, instant, day),
            ("token-leeway", tokenLeeway, (.zero, "0s"), (.seconds(600), "10m")),
            ("drain", drain, (.zero, "0s"), day),
        ]
        for (option, value, least, most) in durations {
            if value < least.value { throw ConfigurationError(option, "too short; the least is \(least.text)") }
            if value > most.value { throw ConfigurationError(option, "too long; the most is \(most.text)") }
        }
    }

    private func validateSlowLimit() throws(ConfigurationError) {
        // One event on its way and one behind it must fit, else a single large event closes every stream it reaches.
        let (least, overflow) = maxEventSize.multipliedReportingOverflow(by: 2)
        guard !overflow, slowLimitBytes >= least else {
            throw ConfigurationError(
                "slow-limit-bytes",
                "\(slowLimitBytes) bytes is less than twice --max-event-size (\(maxEventSize)); raise it to at least "
                    + (overflow ? "that, with a smaller --max-event-size" : "\(least)"))
        }
    }

    /// An origin as browsers send it (RFC 6454, 6.2), or `*`.
    private static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }) else { return false }
        let host = text.utf8.dropFirst(scheme.utf8.count)
        return !host.isEmpty
            && host.allSatisfy { byte in
                // Neither path nor user, and in lower case: browsers compare and send it so.
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "-._:[]".utf8.contains(byte)
                }
            }
    }
}
