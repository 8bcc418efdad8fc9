// Owns the routes that take request bodies. Each tells what became of a request by `/intake/told/{name}`, which a test can
// wait for.

import Fanfare

enum Intake {
    static func add(to routes: inout Routes) {
        let book = Book()
        routes.get("/intake/told/{name}") { request in
            .text(try await book.lines(of: request.parameters["name"]).joined(separator: "\n"))
        }
        routes.post("/intake/open/{name}") { request in
            try await book.open(request.parameters["name"])
            return .text("open\n")
        }
        addBodies(to: &routes, book)
        addForms(to: &routes, book)
    }

    private static func addForms(to routes: inout Routes, _ book: Book) {
        for (path, mode) in [("streamed", BodyMode.streamed(upTo: 1 << 30)), ("collected", .collected)] {
            // Each part with what came of it, for files as for fields.
            routes.post("/intake/parts/\(path)", body: mode) { request in
                var lines: [String] = []
                for try await part in try request.multipart() {
                    var tally = Tally()
                    for try await piece in part { tally.add(piece) }
                    lines.append("\(part.name)|\(part.fileName ?? "-")|\(part.contentType ?? "-")|\(tally.text)")
                }
                return .text(lines.joined())
            }
        }
        // Takes only what is asked for, and passes over the rest.
        routes.post("/intake/field/{name}", body: .streamed(upTo: 1 << 30)) { request in
            let name = try request.parameters["name"]
            var found = "nothing"
            for try await part in try request.multipart() where part.name == name {
                found = try await part.text(upTo: 1000)
            }
            return .text(found)
        }
        // Saves each file under a name of the server's own, in the folder in which the server runs.
        routes.post("/intake/save/{name}", body: .streamed(upTo: 1 << 30)) { request in
            let name = try request.parameters["name"]
            return try await book.telling(name) {
                var lines: [String] = []
                for try await part in try request.multipart() where part.fileName != nil {
                    let count = try await part.save(to: "\(name)-\(lines.count)", upTo: 300 << 20)
                    lines.append("\(part.fileName ?? "")|\(count)\n")
                }
                return .text(lines.joined())
            }
        }
        routes.post("/intake/lost/{name}", body: .streamed(upTo: 1 << 30)) { request in
            for try await part in try request.multipart() {
                try await part.save(to: "no-such-folder/\(request.parameters["name"])", upTo: 1000)
            }
            return .text("saved\n")
        }
        // Notes what is wrong with a part, and goes on as if there could be another.
        routes.post("/intake/stubborn", body: .streamed(upTo: 1 << 20)) { request in
            var parts = try request.multipart().makeAsyncIterator()
            var complaints = 0
            while complaints < 3 {
                do {
                    guard let part = try await parts.next() else { break }
                    _ = try await part.collect(upTo: 10_000)
                } catch {
                    complaints += 1
                }
            }
            return .text("\(complaints)")
        }
        // Asks for the next part before it reads the last one, which is not there any more.
        routes.post("/intake/late", body: .streamed(upTo: 1 << 20)) { request in
            var parts = try request.multipart().makeAsyncIterator()
            let first = try await parts.next()
            _ = try await parts.next()
            return .text(try await first?.text() ?? "")
        }
    }

    private static func addBodies(to routes: inout Routes, _ book: Book) {
        // How many bytes there were, and what they sum up to: as soon as they come, and collected.
        routes.post("/intake/count", body: .streamed(upTo: 1 << 30)) { request in
            var tally = Tally()
            for try await piece in request.body { tally.add(piece) }
            return .text(tally.text)
        }
        routes.post("/intake/collect") { request in
            var tally = Tally()
            tally.add(try await request.body.collect())
            return .text(tally.text)
        }
        routes.post("/intake/small", body: .streamed(upTo: 1000)) { request in
            .text("\(try await request.body.collect().count)\n")
        }
        // Reads a piece, waits until it is told to go on, and then reads the rest.
        routes.post("/intake/hold/{name}", body: .streamed(upTo: 1 << 30)) { request in
            let name = try request.parameters["name"]
            return try await book.telling(name) {
                var tally = Tally()
                var pieces = request.body.makeAsyncIterator()
                if let piece = try await pieces.next() { tally.add(piece) }
                await book.note("holds", of: name)
                await book.pass(name)
                while let piece = try await pieces.next() { tally.add(piece) }
                return .text(tally.text)
            }
        }
        // Waits first, and asks for nothing until it is told to.
        routes.post("/intake/wait/{name}", body: .streamed(upTo: 1 << 30)) { request in
            let name = try request.parameters["name"]
            return try await book.telling(name) {
                await book.pass(name)
                var tally = Tally()
                for try await piece in request.body { tally.add(piece) }
                return .text(tally.text)
            }
        }
        // Answers and leaves the body where it is.
        routes.post("/intake/ignore", body: .streamed(upTo: 1 << 30)) { _ in .text("ignored\n") }
        routes.post("/intake/begin", body: .streamed(upTo: 1 << 30)) { request in
            for try await piece in request.body where !piece.isEmpty { break }
            return .problem(403, "enough", "the first piece was enough")
        }
        // Answers with the body itself while it comes, and with a stream of events that has nothing to do with it.
        routes.post("/intake/echo", body: .streamed(upTo: 1 << 30)) { request in
            .body(request.body, type: "application/octet-stream")
        }
        routes.post("/intake/events", body: .streamed(upTo: 1 << 30)) { _ in .stream(of: ["intake"]) }
        // Declines, the second one after it has read: that is its fault.
        routes.post("/intake/decline", body: .streamed(upTo: 10)) { _ in .declined }
        routes.post("/intake/decline", body: .streamed(upTo: 100_000)) { request in
            guard try request.query("collected") == nil else { return .declined }
            return .text("streamed \(try await request.body.collect().count)\n")
        }
        routes.post("/intake/decline") { request in .text("collected \(try await request.body.collect().count)\n") }
        routes.post("/intake/misuse", body: .streamed(upTo: 100_000)) { request in
            for try await piece in request.body where !piece.isEmpty { break }
            return .declined
        }
        routes.post("/intake/misuse") { _ in .text("nobody comes here\n") }
        routes.post("/intake/form", body: .streamed(upTo: 100_000)) { request in
            let form = try await request.form()
            return .text(form.fields.map { "\($0.name)=\($0.value)" }.joined(separator: "\n"))
        }
    }

    /// What came of a body.
    struct Tally {
        private(set) var count = 0
        private var sum: UInt32 = 1

        mutating func add(_ bytes: [UInt8]) {
            count += bytes.count
            for byte in bytes { sum = sum &* 31 &+ UInt32(byte) }
        }

        var text: String { "\(count) \(sum)\n" }
    }

    /// What became of requests, and the gates at which they wait.
    actor Book {
        private var notes: [String: [String]] = [:]
        private var isOpen: Set<String> = []
        private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

        func note(_ line: String, of name: String) { notes[name, default: []].append(line) }

        func lines(of name: String) -> [String] { notes[name, default: []] }

        func open(_ name: String) {
            isOpen.insert(name)
            for continuation in waiting.removeValue(forKey: name) ?? [] { continuation.resume() }
        }

        /// Waits for the gate, or for the end of the task.
        func pass(_ name: String) async {
            if isOpen.contains(name) { return }
            await withTaskCancellationHandler {
                await withCheckedContinuation {
                    if Task.isCancelled { $0.resume() } else { waiting[name, default: []].append($0) }
                }
            } onCancel: {
                Task { await self.open(name) }
            }
        }

        /// Notes how an answer came about.
        func telling(_ name: String, _ answer: () async throws -> Response) async throws -> Response {
            note("began", of: name)
            do {
                let response = try await answer()
                note(Task.isCancelled ? "cancelled" : "ended", of: name)
                return response
            } catch {
                note("\(type(of: error))\(Task.isCancelled ? ", cancelled" : "")", of: name)
                throw error
            }
        }
    }
}
