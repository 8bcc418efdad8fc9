import Authorization
import Foundation
import Synchronization
import Testing

@testable import Keys

@Suite struct `A ring of keys` {
    private static let secret = "a secret that is long enough for tests"
    private static let other = "another secret that is long enough, too"

    /// Takes down what is told, and lets a task wait for it.
    private final class Log: Sendable {
        private let notices: AsyncStream<KeyNotice>
        private let add: AsyncStream<KeyNotice>.Continuation

        init() { (notices, add) = AsyncStream.makeStream() }

        func note(_ notice: KeyNotice) { add.yield(notice) }

        func next() async -> KeyNotice? { await notices.first { _ in true } }
    }

    /// Lends a file with some text, and what changes it.
    private func withFile(
        _ text: String, _ body: (_ path: String, _ write: (String) throws -> Void) async throws -> Void
    )
        async throws
    {
        let path = FileManager.default.temporaryDirectory.appending(path: "fanfare-key-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        func write(_ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        }
        try write(text)
        try await body(path, write)
    }

    /// Runs a ring while `body` runs.
    private func run(_ ring: KeyRing, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await ring.run() }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func `has new keys as soon as it is told to look, and says so once`() async throws {
        try await withFile(Self.secret) { path, write in
            let log = Log()
            let ring = try KeyRing([.file(path)], now: { 0 }, tell: log.note)
            let old = ring.keys
            let changes = Mutex(0)
            ring.whenChanged { changes.withLock { $0 += 1 } }
            try await run(ring) {
                ring.readNow()
                #expect(await log.next() == .unchanged(source: path))
                #expect(ring.keys.generation == old.generation)
                try write(Self.other)
                ring.readNow()
                #expect(await log.next() == .changed(source: path, count: 1))
                #expect(ring.keys.generation > old.generation)
                #expect(changes.withLock(\.self) == 1)
            }
        }
    }

    @Test func `keeps its keys when a file cannot be used, and tries it again though it looks the same`() async throws {
        try await withFile(Self.secret) { path, write in
            let log = Log()
            let time = Mutex(0)
            let ring = try KeyRing([.file(path)], now: { time.withLock(\.self) }, tell: log.note)
            let before = ring.keys
            try await run(ring) {
                try write("short")
                ring.readNow()
                guard case .failed(let reason) = await log.next() else {
                    Issue.record("the bad file was taken")
                    return
                }
                #expect(reason.contains(path))
                #expect(ring.keys.generation == before.generation)
                try write(Self.other)
                time.withLock { $0 = 60_000 }
                // Nobody tells it to look.
                #expect(await log.next() == .changed(source: path, count: 1))
            }
        }
    }

    @Test func `stops the start over a file that is no key`() async throws {
        try await withFile("short") { path, _ in
            let error = #expect(throws: KeySourceError.self) { try KeyRing([.file(path)], now: { 0 }, tell: { _ in }) }
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test func `takes no text for a set of keys that is no JSON`() async throws {
        try await withFile(Self.secret) { path, _ in
            #expect(throws: KeySourceError.self) { try KeyRing([.setFile(path)], now: { 0 }, tell: { _ in }) }
        }
    }

    @Test func `lets nobody wait where nothing is fetched`() async throws {
        try await withFile(Self.secret) { path, _ in
            let ring = try KeyRing([.file(path)], now: { 0 }, tell: { _ in })
            #expect(ring.search(at: 0, seen: 0, KeySearch.Waiter(bytes: 1) { _ in }) == .refused)
            #expect(!ring.isIncomplete)
        }
    }

    @Test func `has nothing fetched for who looked at older keys`() throws {
        let ring = try KeyRing([.url("http://127.0.0.1:9/jwks")], now: { 0 }, tell: { _ in })
        let seen = ring.keys.generation
        #expect(ring.search(at: 0, seen: seen - 1, KeySearch.Waiter(bytes: 1) { _ in }) == .changed)
        #expect(ring.search(at: 0, seen: seen, KeySearch.Waiter(bytes: 1) { _ in }) == .waits)
    }

    @Test func `remembers for a while what was looked for in vain`() async throws {
        try await withFile(Self.secret) { path, _ in
            let ring = try KeyRing([.file(path)], now: { 0 }, tell: { _ in })
            func token(_ number: Int) -> SHA256Digest { SHA256Digest(Array("\(number)".utf8)) }
            ring.miss(token(1), at: 1000)
            #expect(ring.isMissed(token(1), at: 1000 + KeySearch.pause - 1))
            #expect(!ring.isMissed(token(1), at: 1000 + KeySearch.pause))
            #expect(!ring.isMissed(token(2), at: 1000))
            // Anybody can make up as many as they like.
            for number in 0..<10_000 { ring.miss(token(number), at: 2000) }
            #expect((0..<10_000).count { ring.isMissed(token($0), at: 2000) } <= 1000)
        }
    }
}
