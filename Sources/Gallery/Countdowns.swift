// Owns the countdowns of the event service while they run. None may outlive its server, nor be without an end.

import Fanfare

/// The countdowns that this server counts.
actor Countdowns {
    private static let limit = 1000
    /// By their topics.
    private var running: Set<String> = []

    /// Where countdowns are published, each on a topic of its own, and all together.
    private static let channels = Topic<Count>("event/timer/{channelid}")
    static let publicChannel = "event/timer/*"

    /// Where one is published. Whoever asks says the id: it can be one segment, and no pattern.
    static func topic(_ channelid: String) throws -> String { try channels(channelid: channelid).name }

    private struct Count: Codable {
        let channelid: String
        let second: Int
        let of: Int
    }

    // MARK: - Counting

    /// Begins a countdown; its first event is in the log when this returns, and so nobody joins too late.
    ///
    /// - Returns: its channel's id.
    func begin(_ seconds: Int, _ hub: Hub) async throws -> String {
        guard (1...3600).contains(seconds) else {
            throw Problem(.badRequest, "bad-second", "a countdown has 1 to 3600 seconds: send {\"second\": 10}")
        }
        guard running.count < Self.limit else {
            throw Problem(
                .serviceUnavailable, "too-many-countdowns", "\(Self.limit) countdowns run: wait for one to end")
        }
        let channelid = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let topic = try Self.topic(channelid)
        running.insert(topic)
        let start = ContinuousClock.now
        do {
            var event = try Event(json: Count(channelid: channelid, second: seconds, of: seconds), type: "timer")
            // Whoever has seen the end asks once more, and then knows; that need not take long.
            event.retry = .seconds(1)
            try await hub.publish(event, to: topic)
        } catch {
            running.remove(topic)
            throw error
        }
        hub.background { hub in try await self.run(channelid, down: seconds, from: start, hub) }
        return channelid
    }

    private func run(
        _ channelid: String, down seconds: Int, from start: ContinuousClock.Instant, _ hub: Hub
    ) async throws {
        let topic = try Self.topic(channelid)
        defer { running.remove(topic) }
        // When the server stops the countdown does too, and nobody is left with a stream in which nothing comes.
        let last = try? await Self.count(channelid, down: seconds, from: start, hub)
        try await Self.end(topic, with: last, hub)
    }

    /// Publishes all seconds but the first, with which it began, and the last, with which it is to end.
    ///
    /// - Returns: the last.
    private static func count(
        _ channelid: String, down seconds: Int, from start: ContinuousClock.Instant, _ hub: Hub
    ) async throws -> Event {
        let topic = try topic(channelid)
        var second = seconds
        while true {
            second -= 1
            try await Task.sleep(until: start + .seconds(seconds - second), clock: .continuous)
            let event = try Event(json: Count(channelid: channelid, second: second, of: seconds), type: "timer")
            guard second > 0 else { return event }
            // It is repeated until the log says that it has it, and so has a key by which it is there once.
            try await patiently {
                do {
                    try await hub.publish(event, to: topic, key: "timer-\(channelid)-\(second)")
                } catch let failure as Hub.Failure where failure.code == .keyReused {
                    // Somebody else took the key. The other seconds come all the same.
                }
            }
        }
    }

    private static func end(_ topic: String, with event: Event? = nil, _ hub: Hub) async throws {
        do {
            try await patiently { try await hub.end(topic, with: event) }
        } catch let failure as Hub.Failure where failure.code == .ended {
            // As it is to be: it was ended by somebody else, or the log took the end and could not say so.
        }
    }

    // MARK: - What others left behind

    /// Ends the countdowns of a server that was killed: who follows one would wait in vain. Servers that share a log may
    /// count at the same time, and so those are left alone that go on.
    func endAbandoned(_ hub: Hub) async throws {
        var topics: Set<String> = []
        var place: String?
        try await Self.read(&place, hub) { topics.insert($0) }
        guard !topics.isEmpty else { return }
        try await Task.sleep(for: .seconds(5))
        try await Self.read(&place, hub) { topics.remove($0) }
        for topic in topics.subtracting(running) { try await Self.end(topic, hub) }
    }

    /// Reads which countdowns had events since a place in the log.
    private static func read(_ place: inout String?, _ hub: Hub, _ take: (_ topic: String) -> Void) async throws {
        var page: HistoryPage
        repeat {
            let after = place
            page = try await patiently { try await hub.history(publicChannel, after: after, limit: 1000) }
            for event in page.events {
                place = event.id
                for topic in event.topics where isCountdown(topic) { take(topic) }
            }
        } while page.next != nil
    }

    /// An event may be on other topics too.
    private static func isCountdown(_ topic: String) -> Bool {
        topic.hasPrefix("event/timer/") && topic.utf8.count { $0 == UInt8(ascii: "/") } == 2
    }
}
