// Owns the routes by which the tests look at what becomes of handlers whose clients have gone. Each counts itself while it
// runs.

import Fanfare
import Synchronization

/// Handlers that wait, under `/gone`.
enum Gone {
    private static let running = Count()

    static func add(to routes: inout Routes) {
        let book = Intake.Book()
        routes.get("/gone/running") { _ in .text("\(running.value)") }
        routes.get("/gone/told/{name}") { request in
            .text(try await book.lines(of: request.parameters["name"]).joined(separator: "\n"))
        }
        routes.post("/gone/open/{name}") { request in
            try await book.open(request.parameters["name"])
            return .text("open\n")
        }
        // Waits for ever, or until it is cancelled.
        routes.get("/gone/wait/{name}") { request in
            try await counted {
                try await book.telling(request.parameters["name"]) {
                    try await Task.sleep(for: .seconds(3600))
                    return .text("nobody waits for so long")
                }
            }
        }
        // Answers when the gate opens.
        routes.get("/gone/gate/{name}") { request in
            try await counted {
                try await book.telling(request.parameters["name"]) {
                    try await book.pass(request.parameters["name"])
                    try Task.checkCancellation()
                    return .text("answer\n")
                }
            }
        }
        // Waits for the gate, whatever it is told.
        routes.get("/gone/stubborn/{name}") { request in
            let name = try request.parameters["name"]
            return await counted {
                await book.note("began", of: name)
                await Task { await book.pass(name) }.value
                return .text("answer\n")
            }
        }
        // The route before this one declines when its gate opens.
        routes.get("/gone/decline/{name}") { request in
            try await book.note("began", of: request.parameters["name"])
            try await Task { try await book.pass(request.parameters["name"]) }.value
            return .declined
        }
        routes.get("/gone/decline/{name}") { request in
            try await book.note("the next was asked", of: request.parameters["name"])
            return .text("answer\n")
        }
        addBodies(to: &routes, book)
    }

    private static func addBodies(to routes: inout Routes, _ book: Intake.Book) {
        // The first of it at once, the rest when the gate opens.
        routes.get("/gone/body/{name}") { request in
            let name = try request.parameters["name"]
            return .body(type: "text/plain") { body in
                try await counted {
                    try await body.write("first\n")
                    await book.pass(name)
                    try await body.write("last\n")
                }
            }
            .onClose { reason in Task { await book.note(reason.rawValue, of: name) } }
        }
        // Nothing at all, until it is cancelled.
        routes.get("/gone/silence/{name}") { request in
            let name = try request.parameters["name"]
            return .body(type: "text/plain") { _ in
                try await counted { try await Task.sleep(for: .seconds(3600)) }
            }
            .onClose { reason in Task { await book.note(reason.rawValue, of: name) } }
        }
        routes.get("/gone/events/{name}") { request in
            let name = try request.parameters["name"]
            return .events { events in
                try await counted {
                    try await events.send(Event("first"))
                    try await Task.sleep(for: .seconds(3600))
                }
            }
            .onClose { reason in Task { await book.note(reason.rawValue, of: name) } }
        }
        // Takes a piece of the body, and then waits until it is cancelled.
        routes.post("/gone/upload/{name}", body: .streamed(upTo: 1 << 30)) { request in
            try await counted {
                try await book.telling(request.parameters["name"]) {
                    for try await piece in request.body where !piece.isEmpty { break }
                    try await book.note("holds", of: request.parameters["name"])
                    try await Task.sleep(for: .seconds(3600))
                    return .text("nobody waits for so long")
                }
            }
        }
        // Takes a piece of the body each time that it was told to, and never more.
        routes.post("/gone/slowly", body: .streamed(upTo: 1 << 30)) { request in
            try await counted {
                var tally = Intake.Tally()
                for try await piece in request.body {
                    tally.add(piece)
                    try await Task.sleep(for: .milliseconds(800))
                }
                return .text(tally.text)
            }
        }
    }

    private static func counted<Value>(_ work: () async throws -> Value) async rethrows -> Value {
        running.add(1)
        defer { running.add(-1) }
        return try await work()
    }

    private final class Count: Sendable {
        private let number = Mutex(0)

        var value: Int { number.withLock(\.self) }

        func add(_ some: Int) { number.withLock { $0 += some } }
    }
}
