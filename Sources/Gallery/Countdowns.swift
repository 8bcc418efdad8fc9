// Owns the countdowns of the event service while they run. None may outlive its server.

import Fanfare

/// The countdowns that this server counts.
actor Countdowns {
    private static let limit = 1000
    private var running = 0

    /// Where countdowns are published, each on a topic of its own, and all together.
    private static let channels = Topic<String>("event/timer/{channelid}")
    static let publicChannel = "event/timer/*"

    /// Where one is published. Whoever asks says the id: it can be one segment, and no pattern.
    static func topic(_ channelid: String) throws -> String { try channels(channelid: channelid).name }

    private struct Count: Encodable {
        let channelid: String
        let second: Int
        let of: Int
    }

    /// Begins a countdown; its first event is in the log when this returns, and so nobody joins too late.
    ///
    /// - Returns: its channel's id.
    func begin(_ seconds: Int, _ hub: Hub) async throws -> String {
        guard (1...3600).contains(seconds) else {
            throw Problem(.badRequest, "bad-second", "a countdown has 1 to 3600 seconds: send {\"second\": 10}")
        }
        guard running < Self.limit else {
            throw Problem(
                .serviceUnavailable, "too-many-countdowns", "\(Self.limit) countdowns run: wait for one to end")
        }
        running += 1
        let channelid = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let start = ContinuousClock.now
        do {
            try await Self.publish(Count(channelid: channelid, second: seconds, of: seconds), hub)
        } catch {
            running -= 1
            throw error
        }
        hub.background { hub in
            // When the server stops the countdown does too, and nobody is left with a stream in which nothing comes.
            try? await Self.count(channelid, down: seconds, from: start, hub)
            await self.end()
            try await hub.end(Self.topic(channelid))
        }
        return channelid
    }

    private func end() { running -= 1 }

    private static func count(
        _ channelid: String, down seconds: Int, from start: ContinuousClock.Instant, _ hub: Hub
    ) async throws {
        for second in stride(from: seconds - 1, through: 0, by: -1) {
            try await Task.sleep(until: start + .seconds(seconds - second), clock: .continuous)
            try await publish(Count(channelid: channelid, second: second, of: seconds), hub)
        }
    }

    private static func publish(_ count: Count, _ hub: Hub) async throws {
        var event = try Event(json: count, type: "timer")
        // Whoever has seen the end asks once more, and then knows; that need not take long.
        if count.second == count.of { event.retry = .seconds(1) }
        try await hub.publish(event, to: topic(count.channelid))
    }
}
