// Owns the routes of one system: a clock, countdowns, and a table. What produces events here ends with the server.

import Fanfare

/// One stream that runs from the start, streams that are made when somebody asks for them, and a long download.
///
/// `GET /timers` is the page, `GET /v1_0_0/event/clock` the clock. `POST /v1_0_0/event/timer` begins a countdown, which
/// `GET /v1_0_0/event/timer/{channelid}` follows from its start to its end; `GET /v1_0_0/event/timer` has all of them.
/// `GET /v1_0_0/table.csv?rows=` is a table of any length.
enum EventService {
    static func add(to routes: inout Routes) {
        routes.background(runClock)
        let countdowns = Countdowns()
        routes.get("/timers") { _ in Page.file("timers.html") }
        routes.group("/v1_0_0") { routes in
            routes.get("/event/clock") { _ in .stream(of: [clock], as: clockFace) }
            routes.post("/event/timer") { request in
                let wanted = try await request.json(as: Wanted.self, whateverItsLabel: true)
                return .json(["channelid": try await countdowns.begin(wanted.second, request.hub)])
            }
            // A pattern, and so it outlives each of the topics that it matches.
            routes.get("/event/timer") { _ in .stream(of: [Countdowns.publicChannel], as: countdownFace) }
            routes.get("/event/timer/{channelid}", follow)
            routes.get("/table.csv", table)
        }
    }

    // MARK: - The clock

    private static let clock = "event/clock"

    /// When the log cannot be written the clock stands, and goes on when it can.
    private static let runClock: @Sendable (Hub) async throws -> Void = { hub in
        while true {
            do {
                return try await tick(hub)
            } catch let failure as Hub.Failure where failure.code == .unavailable {
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Makes a tick a second after the last that it sees, with that one's number and one more as its id. Of several
    /// servers on one log each does: the first to publish a tick makes it, and for the others it is there already.
    private static func tick(_ hub: Hub) async throws {
        if try await hub.history(clock, limit: 1).events.isEmpty {
            try await hub.publish(tick(1), to: clock)
        }
        for try await last in hub.subscribe(clock, from: .last(1)) {
            guard let number = Int(last.data) else { continue }
            try await Task.sleep(for: .seconds(1))
            try await hub.publish(tick(number + 1), to: clock)
        }
    }

    private static func tick(_ number: Int) -> Event { Event("\(number)", type: "clock", id: "tick-\(number)") }

    private struct Tick: Encodable {
        let tick: Int?
        let time: Int
    }

    /// The time is that at which the tick came into the log, the same for everyone.
    private static let clockFace = EventPresentation { event in
        var shown = try? Event(json: Tick(tick: Int(event.data), time: event.time), type: event.type)
        shown?.comment = "tick \(event.data)"
        return shown
    }

    // MARK: - Countdowns

    private struct Wanted: Decodable {
        let second: Int
    }

    private static let countdownFace = EventPresentation { event in
        Event(event.data, type: event.type, comment: "a countdown")
    }

    /// From the countdown's start, whenever one joins. After its end the hub answers 204, and browsers let it be.
    private static let follow: Routes.Handler = { request in
        let topic = try Countdowns.topic(request.parameters["channelid"])
        if try await request.hub.history(topic, limit: 1).events.isEmpty {
            return .problem(404, "no-countdown", "there is no such countdown: begin one with POST /v1_0_0/event/timer")
        }
        return .stream(of: [topic], from: .earliest, as: countdownFace)
    }

    // MARK: - The table

    /// Rows that are made while the client reads them; it is all over when the client goes away.
    private static let table: Routes.Handler = { request in
        guard let rows = try Int(request.query("rows") ?? "1000"), (1...10_000_000).contains(rows) else {
            return .problem(400, "bad-rows", "rows is not a number from 1 to 10000000")
        }
        return .body(
            type: "text/csv; charset=utf-8", fields: ["Content-Disposition": "attachment; filename=\"table.csv\""]
        ) { body in
            var lines = "row,square,remainder\n"
            for row in 1...rows {
                lines += "\(row),\(row * row),\(row % 97)\n"
                guard lines.utf8.count > 16_000 || row == rows else { continue }
                try await body.write(lines)
                lines.removeAll(keepingCapacity: true)
            }
        }
    }
}
