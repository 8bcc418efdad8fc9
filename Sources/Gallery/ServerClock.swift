// Owns the clock of the event service. Anybody may publish on its topic, and so nothing that stands there may stop it.

import Fanfare

/// Makes a tick a second, each with its number as its id.
///
/// Of several servers on one log the first to publish a tick makes it; the others see that it is there, and wait for the
/// next one.
struct ServerClock {
    static let topic = "event/clock"
    /// After so many it begins anew: a program in any language has such a number.
    private static let most = 1_000_000_000_000_000

    /// The last tick that it saw.
    private var number = 0
    /// The last event that it saw, whatever it was.
    private var place: String?

    /// Ticks until the task is cancelled.
    static let run: @Sendable (Hub) async throws -> Void = { hub in
        var clock = ServerClock()
        while true {
            do {
                try await clock.begin(hub)
                if try await !clock.look(hub) { try await clock.tick(hub) }
            } catch let failure as Hub.Failure where failure.code == .unavailable || failure.code == .ended {
                // Without a log it stands, and goes on when there is one; also when somebody ended its topic, until
                // the log lets go of that end.
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// The number of a tick; `nil` for what somebody else may have published on the clock's topic.
    static func number(of event: PublishedEvent) -> Int? {
        guard event.type == "clock", let number = Int(event.data), (1...most).contains(number),
            event.data == "\(number)", event.id == "tick-\(number)"
        else { return nil }
        return number
    }

    /// Finds its place near the end of the log: to read on from the first tick of all would take long.
    private mutating func begin(_ hub: Hub) async throws {
        guard place == nil, try await !hub.history(Self.topic, limit: 1).events.isEmpty else { return }
        for try await event in hub.subscribe(Self.topic, from: .last(100)) {
            take(event)
            return
        }
    }

    /// Reads what came since it last did.
    ///
    /// - Returns: whether a tick did.
    private mutating func look(_ hub: Hub) async throws -> Bool {
        var hasTicked = false
        while true {
            let page = try await hub.history(Self.topic, after: place, limit: 1000)
            for event in page.events where take(event) { hasTicked = true }
            if page.next == nil { return hasTicked }
        }
    }

    /// Takes note of an event, and tells whether it is a tick.
    @discardableResult
    private mutating func take(_ event: PublishedEvent) -> Bool {
        place = event.id
        guard let number = Self.number(of: event) else { return false }
        self.number = number
        return true
    }

    /// Publishes the next tick. Where its number cannot be had, since somebody used it as an id, a later one is next.
    private mutating func tick(_ hub: Hub) async throws {
        var step = 1
        repeat {
            let next = (number + step - 1) % Self.most + 1
            step *= 2
            do {
                try await hub.publish(Event("\(next)", type: "clock", id: "tick-\(next)"), to: Self.topic)
            } catch {
                guard error.code == .conflict else { throw error }
            }
        } while try await !look(hub) && step < Self.most
    }
}
