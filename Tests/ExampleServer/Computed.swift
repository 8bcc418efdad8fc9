// Owns routes that answer with what a request says, whatever that is: none of it may end the server.

import Fanfare

/// Under `/computed`: responses and events whose parts come of the query.
enum Computed {
    static func add(to routes: inout Routes) {
        routes.group("/computed") { routes in
            routes.get("/redirect") { request in .redirect(to: try text(request, "to"), try status(request)) }
            routes.get("/problem") { request in .problem(Int(try text(request, "status")) ?? 0, "computed", "none") }
            routes.get("/problem-of-status") { request in .problem(try status(request), "computed", "none") }
            routes.get("/thrown") { request in throw Problem(try status(request), "computed", "none") }
            routes.get("/field") { request in
                .text("x", fields: [try text(request, "name"): try text(request, "value")])
            }
            routes.get("/type") { request in .text("x", type: try text(request, "value")) }
            routes.get("/stream-field") { request in
                .stream(of: ["a"], fields: [try text(request, "name"): try text(request, "value")])
            }
            routes.get("/place/{a}") { request in .text(try request.parameters[try text(request, "name")]) }
            routes.get("/rest/{a...}") { request in .text("<\(try request.parameters["a"])>") }
            routes.get("/file") { request in
                let name = try text(request, "name")
                return .text(try await withTemporaryFolder(named: "example") { try $0.file(name) })
            }
            routes.post("/beginning") { request in
                let count = Int(try text(request, "count")) ?? 0
                var told = ""
                for try await part in try request.multipart() { told += "\(try await part.beginning(count).count)" }
                return .text(told)
            }
            addStreams(to: &routes)
        }
    }

    private static func addStreams(to routes: inout Routes) {
        routes.get("/body") { request in
            .body(length: Int(try text(request, "length"))) { body in try await body.write("x") }
        }
        routes.get("/event") { request in
            let event = Event("x", type: try request.query("type"), id: try request.query("id"))
            return .events { events in try await events.send(event) }
        }
        routes.get("/retry") { request in
            let retry = Duration.milliseconds(Int(try text(request, "retry")) ?? 0)
            return .events(retry: retry) { events in try await events.send(Event("x")) }
        }
        routes.get("/topic") { request in .stream(of: [try text(request, "topic")], timeout: .milliseconds(1)) }
        routes.get("/last") { request in
            .stream(of: ["a", "b/*"], from: .last(Int(try text(request, "count")) ?? 0), timeout: .milliseconds(1))
        }
        routes.get("/publish") { request in
            let event = Event("x", type: try request.query("type"), id: try request.query("id"))
            return .text(try await request.hub.publish(event, to: try text(request, "topic")))
        }
    }

    private static func text(_ request: Request, _ name: String) throws -> String { try request.query(name) ?? "" }

    private static func status(_ request: Request) throws -> Status {
        Status(code: Int(try text(request, "status")) ?? 0) ?? .ok
    }
}
