// Owns the routes that answer by and by, and the record of what became of each answer.

import Fanfare
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Streams and bodies that the program writes, under `/outflow`.
enum Outflow {
    private static let ledger = Ledger()

    static func add(to routes: inout Routes) {
        addHooks(to: &routes)
        addBodies(to: &routes)
        addEvents(to: &routes)
        // The hub's own streams, on a route of the program's.
        routes.get("/outflow/topics") { request in
            ledger.note("asked for topics")
            return .stream(
                of: try (request.query("topics") ?? "").split(separator: "|").map(String.init),
                user: try request.query("user"), from: try start(request),
                as: try request.query("only") == nil ? .plain : odd,
                timeout: try number(request, "timeout").map { .milliseconds($0) }, fields: ["X-Route": "topics"]
            )
            .onClose { ledger.note("close topics \($0.rawValue)") }
        }
    }

    /// Adds a line to the record.
    static func note(_ line: String) { ledger.note(line) }

    /// Writes the record to a file, once the server has ended.
    static func keepLedger(in path: String) {
        guard let file = fopen(path, "w") else { fatalError("\(path) cannot be written") }
        fputs(ledger.text, file)
        fclose(file)
    }

    /// Events whose data ends in an odd digit; the others are not shown.
    private static let odd = EventPresentation { event in
        guard let last = event.data.utf8.last, last % 2 == 1 else { return nil }
        return Event("odd " + event.data)
    }

    private static func start(_ request: Request) throws -> StreamStart? {
        switch try request.query("from") {
        case "earliest": .earliest
        case "unread": .unread
        case let text?: Int(text).map(StreamStart.last)
        case nil: nil
        }
    }

    private static func number(_ request: Request, _ name: String) throws -> Int? {
        try request.query(name).flatMap { Int($0) }
    }

    // MARK: - What is told

    private static func addHooks(to routes: inout Routes) {
        routes.onStreamOpened { ledger.note("opened \(Ledger.text($0))") }
        routes.onStreamClosed { ledger.note("closed \($1.rawValue) \(Ledger.text($0))") }
        routes.onStreamRefused { ledger.note("refused \($0.kind) \($0.status) \($0.path) \($0.address)") }
        routes.get("/outflow/ledger") { _ in .text(ledger.text) }
    }

    // MARK: - Bodies

    private static func addBodies(to routes: inout Routes) {
        // `count` bytes in pieces of `chunk`; `length` is told if it is there, and it breaks off after `throws`.
        routes.get("/outflow/bytes") { request in
            let count = try number(request, "count") ?? 0
            let chunk = try number(request, "chunk") ?? 64 << 10
            let failing = try number(request, "throws")
            return .body(length: try number(request, "length"), fields: ["X-Route": "bytes"]) { body in
                try await noting("bytes") {
                    let piece = pattern(chunk)
                    var left = count
                    while left > 0 {
                        if let failing, count - left >= failing { throw Broken() }
                        try await body.write(left < chunk ? Array(piece[..<left]) : piece)
                        left -= min(left, chunk)
                    }
                }
            }
            .onClose { ledger.note("close bytes \($0.rawValue)") }
        }
        routes.post("/outflow/echo", body: .streamed(upTo: 1 << 30)) { request in
            .body(request.body, type: "text/plain", length: request.body.length)
        }
        // Answers without a look at what is sent.
        routes.post("/outflow/early", body: .streamed(upTo: 1 << 30)) { _ in
            .body(type: "text/plain") { body in try await body.write("no thanks\n") }
        }
        routes.get("/outflow/sequence") { request in
            let count = try number(request, "count") ?? 0
            return .body(Numbers(count: count) { Array("\($0)\n".utf8) }, type: "text/plain")
        }
        // Writes a little, and then waits until it is cancelled.
        routes.get("/outflow/idle") { _ in
            .body(type: "text/plain") { body in
                try await noting("idle") {
                    try await body.write("begun\n")
                    try await Task.sleep(for: .seconds(3600))
                }
            }
            .onClose { ledger.note("close idle \($0.rawValue)") }
        }
        // Two tasks write at once, and not on the loop.
        routes.get("/outflow/two") { request in
            let count = try number(request, "count") ?? 0
            return .body(type: "text/plain") { body in
                try await withThrowingTaskGroup { group in
                    for name in ["a", "b"] {
                        group.addTask {
                            try await Elsewhere().write(count) { try await body.write("\(name)\($0)\n") }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    private static func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }

    // MARK: - Events

    private static func addEvents(to routes: inout Routes) {
        // `count` events, and the end.
        routes.get("/outflow/events") { request in
            let count = try number(request, "count") ?? 0
            let size = try number(request, "size") ?? 0
            let text = String(repeating: "x", count: size)
            return .events(
                Numbers(count: count) { Event("\($0)\(text)", type: "number", id: "n\($0)") },
                retry: try number(request, "retry").map { .milliseconds($0) }, user: try request.query("user"),
                fields: ["X-Route": "events"]
            )
            .onClose { ledger.note("close events \($0.rawValue)") }
        }
        // One event, and then nothing until it is cancelled.
        routes.get("/outflow/open") { request in
            .events(user: try request.query("user")) { events in
                try await noting("open") {
                    try await events.send(Event("hello\nworld"))
                    try await Task.sleep(for: .seconds(3600))
                }
            }
            .onClose { ledger.note("close open \($0.rawValue)") }
        }
        routes.get("/outflow/broken") { _ in
            .events { events in
                try await events.send(Event("before"))
                throw Broken()
            }
            .onClose { ledger.note("close broken \($0.rawValue)") }
        }
        // What cannot stand in a stream is an error, and does no harm.
        routes.get("/outflow/bad") { _ in
            .events { events in
                do throws(StreamWriteError) {
                    try await events.send(Event("lost", type: "a\nb"))
                } catch {
                    try await events.send(Event("\(error.code)"))
                }
            }
        }
    }

    /// Notes how a writer ends.
    private static func noting(_ name: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
            ledger.note("writer \(name) done")
        } catch {
            ledger.note("writer \(name) \(Task.isCancelled ? "cancelled" : "failed")")
            throw error
        }
    }

    private struct Broken: Error {}

    /// Values that are there at once, and no faster than they are asked for.
    private struct Numbers<Element: Sendable>: AsyncSequence, AsyncIteratorProtocol, Sendable {
        let count: Int
        let make: @Sendable (Int) -> Element
        var index = 0

        init(count: Int, make: @escaping @Sendable (Int) -> Element) {
            self.count = count
            self.make = make
        }

        mutating func next() async -> Element? {
            if index == count { return nil }
            index += 1
            return make(index)
        }

        func makeAsyncIterator() -> Numbers { self }
    }

    /// Writes on an executor of its own.
    private actor Elsewhere {
        func write(_ count: Int, _ body: @Sendable (Int) async throws -> Void) async throws {
            for number in 0..<count { try await body(number) }
        }
    }
}

/// What happened, a line each.
private final class Ledger: Sendable {
    private let lines = Mutex<[String]>([])

    func note(_ line: String) { lines.withLock { $0.append(line) } }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    static func text(_ info: StreamInfo) -> String {
        "\(info.id) \(info.user ?? "-") \(info.address) \(info.patterns.joined(separator: "|")) \(info.path ?? "-")"
    }
}
