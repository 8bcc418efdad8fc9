// Owns the routes by which the tests look at routing, values in and out, middleware, files and tokens.

import Fanfare

/// Routes under `/routing`, and files under `/files`.
enum Routing {
    static func add(to routes: inout Routes, files folder: String?, key: TokenKey) {
        addValues(to: &routes)
        addPaths(to: &routes)
        addMiddleware(to: &routes)
        addTokens(to: &routes, key)
        routes.hub(at: "/live")
        guard let folder else { return }
        routes.files(at: "/files", from: folder)
        routes.files(at: "/cached/", from: folder, fields: ["Cache-Control": "max-age=60", "X-Files": "yes"])
        routes.get("/one-file/{name...}") { request in
            try await .file(
                request.parameters["name"], in: folder, for: request, fields: ["Content-Type": "text/x-one"])
        }
        routes.get("/trusted-file") { request in
            try await .file(folder + "/" + (request.query("path") ?? ""), for: request)
        }
    }

    private struct Order: Codable {
        var id: Int
        var items: [Item]
        var note: String?

        struct Item: Codable {
            var name: String
            var price: Double
        }
    }

    private struct Failure: Error {}

    private static func addValues(to routes: inout Routes) {
        routes.group("/routing") { routes in
            routes.post("/orders") { request in
                let order = try await request.json(as: Order.self)
                return .json(order, status: .created).with("Location", "/routing/orders/\(order.id)")
            }
            routes.get("/not-a-number") { _ in .json(["value": Double.nan]) }
            routes.get("/bytes") { _ in .bytes([0, 255, 10], type: "application/x-three") }
            routes.get("/status") { request in
                .status(Status(code: Int(try request.query("code") ?? "") ?? 0) ?? .internalServerError)
            }
            routes.get("/redirect") { _ in .redirect(to: "/hello?from=redirect") }
            routes.get("/problem") { _ in
                throw Problem(
                    .conflict, "no-such-order", "the order is gone: make another", title: "No order",
                    fields: ["Retry-After": "7"])
            }
            routes.get("/fails") { _ in throw Failure() }
            routes.get("/bad-field") { _ in .text("x").with("X-Bad", "a\r\nX-Injected: yes") }
            routes.get("/framing-field") { _ in .text("x").with("Content-Length", "5") }
            routes.get("/fields") { _ in
                var response = Response.text("x", fields: ["X-Twice": "1", "x-twice": "2", "X-Gone": "1"])
                response.fields.add("Set-Cookie", "a=1")
                response.fields.add("Set-Cookie", "b=2")
                response.fields["X-TWICE"] = "3"
                response.fields["x-gone"] = nil
                return response
            }
            routes.get("/request") { request in
                .json([
                    "cookies": request.cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
                    "queries": try request.queries("q"), "headers": request.headers("X-Many"),
                    "lastEventID": request.lastEventID.map { [$0] } ?? [], "client": [request.client],
                    "address": [request.address], "origin": [request.origin], "isSecure": ["\(request.isSecure)"],
                    "reachable": [request.reachableURL("/x?y=1")], "rawQuery": request.rawQuery.map { [$0] } ?? [],
                ])
            }
            routes.get("/event") { _ in
                let event = try Event(json: Order(id: 1, items: [], note: "a/b"))
                return .text(event.data ?? "")
            }
        }
    }

    private static func addPaths(to routes: inout Routes) {
        routes.group("/paths") { routes in
            routes.get("") { _ in .text("the group itself") }
            routes.on(.patch, "/method") { _ in .text("patched") }
            routes.on(.other("PURGE"), "/method") { _ in .text("purged") }
            routes.on(.options, "/own-options") { _ in .text("my own") }
            routes.get("/{id}/literal") { request in .text("id \(try request.parameters["id"])") }
            routes.get("/café") { _ in .text("coffee") }
            routes.get("/known") { _ in .text("known") }
            routes.get("/{id}") { request in
                try request.parameters["id"] == "nobody" ? .declined : .text("one \(request.parameters["id"])")
            }
            routes.group("/deep/{area}") { routes in
                routes.put("/{rest...}") { request in
                    .text(try "\(request.parameters["area"]): \(request.parameters["rest"])")
                }
            }
        }
    }

    private static func addMiddleware(to routes: inout Routes) {
        routes.group("/wrapped") { routes in
            routes.get("/before") { _ in .text("before") }
            routes.use { request, next in
                var response = try await next(request)
                response.fields.add("X-Order", "outer")
                return response
            }
            routes.use { request, next in
                if try request.query("stop") != nil { return .status(.paymentRequired) }
                if try request.query("refuse") != nil { throw Problem(.forbidden, "refused", "not this way") }
                var response = try await next(request)
                response.fields.add("X-Order", "inner")
                return response
            }
            routes.get("/text") { _ in .text("text") }
            routes.get("/problem") { _ in throw Problem(.gone, "gone", "it was here") }
            routes.get("/fails") { _ in throw Failure() }
            routes.get("/declines") { _ in .declined }
            routes.get("/topics") { _ in .stream(of: ["wrapped"], as: plain) }
            routes.get("/events") { _ in
                .events { events in try await events.send(Event("one")) }.with("Content-Type", "text/plain")
            }
            routes.get("/body") { _ in .body(type: "text/plain") { body in try await body.write("body") } }
            routes.group("/in") { routes in
                routes.use { request, next in try await next(request).with("X-Inmost", "yes") }
                routes.get("/text") { _ in .text("in") }
            }
            routes.get("/out") { _ in .text("out") }
        }
        routes.get("/wrapped/declines") { _ in .text("the next route") }
    }

    private static let plain = EventPresentation { Event($0.data) }

    private static func addTokens(to routes: inout Routes, _ key: TokenKey) {
        routes.group("/tokens") { routes in
            routes.post("/{user}") { request in
                let token = try key.issue(
                    to: request.parameters["user"], for: .seconds(60), publish: ["from/{user}/**"],
                    subscribe: ["to/{user}", "all"])
                return .text(token)
            }
            routes.get("/own") { request in
                .json(describe(try request.identity(by: key)))
            }
            routes.get("/server") { request in
                .json(describe(try await request.identity()))
            }
        }
    }

    private static func describe(_ identity: Identity?) -> [String: String] {
        guard let identity else { return ["user": "nobody"] }
        return [
            "user": identity.user ?? "", "publish": identity.publish.joined(separator: " "),
            "subscribe": identity.subscribe.joined(separator: " "), "admin": "\(identity.admin)",
            "mayPublish": "\(identity.mayPublish(to: "from/anna/x"))", "mayRead": "\(identity.mayRead("to/anna"))",
        ]
    }
}
