// Owns the routes of one system: a clock, countdowns, and a table. What produces events here ends with the server.

import Fanfare

/// One stream that runs from the start, streams that are made when somebody asks for them, and a long download.
///
/// `GET /timers` is the page, `GET /v1_0_0/event/clock` the clock. `POST /v1_0_0/event/timer` begins a countdown, which
/// `GET /v1_0_0/event/timer/{channelid}` follows from its start to its end; `GET /v1_0_0/event/timer` has all of them.
/// `GET /v1_0_0/table.csv?rows=` is a table of any length.
enum EventService {
    static func add(to routes: inout Routes, _ settings: Gallery.Settings) {
        let countdowns = Countdowns()
        routes.background(ServerClock.run)
        routes.background { try await countdowns.endAbandoned($0) }
        Page.add("/timers", "timers.html", to: &routes)
        routes.group("/v1_0_0") { routes in
            routes.get("/event/clock") { _ in .stream(of: [ServerClock.topic], as: clockFace) }
            routes.post("/event/timer") { request in
                let wanted = try await request.json(as: Wanted.self, whateverItsLabel: true)
                return .json(["channelid": try await countdowns.begin(wanted.second, request.hub)])
            }
            // A pattern, and so it outlives each of the topics that it matches.
            routes.get("/event/timer") { _ in .stream(of: [Countdowns.publicChannel], as: countdownFace) }
            routes.get("/event/timer/{channelid}", follow)
            routes.get("/table.csv") { try await table($0, settings.onTableEnd) }
        }
    }

    // MARK: - The clock

    private struct Tick: Encodable {
        let tick: Int
        let time: Int
    }

    /// The time is that at which the tick came into the log, the same for everyone.
    private static let clockFace = EventPresentation { event in
        guard let number = ServerClock.number(of: event) else { return nil }
        var shown = try? Event(json: Tick(tick: number, time: event.time), type: event.type)
        shown?.comment = "tick \(number)"
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
    private static func table(
        _ request: Request, _ onEnd: @escaping @Sendable (_ rows: Int) -> Void
    ) async throws -> Response {
        guard let rows = try Int(request.query("rows") ?? "1000"), (1...10_000_000).contains(rows) else {
            return .problem(400, "bad-rows", "rows is not a number from 1 to 10000000")
        }
        return .body(
            type: "text/csv; charset=utf-8", fields: ["Content-Disposition": "attachment; filename=\"table.csv\""]
        ) { body in
            var made = 0
            defer { onEnd(made) }
            var lines = "row,square,remainder\n"
            for row in 1...rows {
                lines += "\(row),\(row * row),\(row % 97)\n"
                made = row
                guard lines.utf8.count > 16_000 || row == rows else { continue }
                try await body.write(lines)
                lines.removeAll(keepingCapacity: true)
            }
        }
    }
}
