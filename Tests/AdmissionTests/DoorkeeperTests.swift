import Answers
import Authorization
import Foundation
import HTTPMessage
import Hub
import JSONText
import Keys
import Testing

@testable import Admission

@Suite struct `A doorkeeper` {
    private static let secret = Array("a secret that is long enough for tests".utf8)
    private static let now = 1_800_000_000

    private static func clock(_ seconds: Int = 0) -> Clock { Clock(now: seconds * 1000, time: (now + seconds) * 1000) }

    /// Lends a file with a key.
    private func withKeyFile(_ body: (_ path: String, _ write: ([UInt8]) throws -> Void) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "fanfare-key-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path) { try Data($0).write(to: URL(filePath: path)) }
    }

    private func head(_ token: String) throws -> RequestHead {
        try RequestHead(.get, "/", fields: [("Host", "h"), ("Authorization", "Bearer \(token)")])
    }

    private func token(_ secret: [UInt8], lasting seconds: Int) throws -> String {
        try Key(secret: secret).sign(
            .object([
                .init("sub", .string("jack")), .init("exp", .number("\(Self.now + seconds)")),
                .init("fanfare", .object([.init("publish", .array([.string("a")]))])),
            ]), with: .hs256)
    }

    private func gate(isOpen: Bool = false, keys: KeyRing? = nil) -> Gate {
        Gate(
            isOpen: isOpen, keys: keys, rules: TokenRules(leeway: 10),
            isPublicReadable: false)
    }

    @Test func `without a key lets nobody in by a token, and with --open everybody`() throws {
        var keeper = Doorkeeper(gate())
        let head = try RequestHead(.get, "/", fields: [("Host", "h"), ("Authorization", "Bearer a.b.c")])
        #expect(throws: Problem.self) { try keeper.admit(head, at: Self.clock()) }
        var open = Doorkeeper(gate(isOpen: true))
        guard case .granted(let grant) = try open.admit(head, at: Self.clock()) else {
            Issue.record("a token was looked at")
            return
        }
        #expect(grant.isOpen)
    }

    @Test func `grants nothing without a token`() throws {
        var keeper = Doorkeeper(gate())
        let head = try RequestHead(.get, "/", fields: [("Host", "h")])
        guard case .granted(let grant) = try keeper.admit(head, at: Self.clock()) else {
            Issue.record("nothing was granted")
            return
        }
        let all = [try TopicPattern("**")]
        #expect(throws: Problem.self) { try grant.requireReading(anyOf: all) }
        #expect(throws: Problem.self) { try grant.requireInbox(of: try InboxUser("jack")) }
        #expect(grant.adminRefusal(of: "x")?.kind == "token-missing")
        #expect(throws: Problem.self) {
            try grant.requirePublishing(OneOrMore(try Draft(topics: [try TopicName("a")], data: "x")))
        }
    }

    @Test(arguments: [
        (now + 5, 5000), (now + 3600, 3_600_000),
        // Let in because clocks differ: until they can no longer.
        (now, 10_000), (now - 4, 6000), (now - 10, 0), (now - 60, 0),
    ])
    func `ends a stream with its token`(end: Int, left: Int) throws {
        #expect(gate().expiry(end, now: 77_000, time: Self.now * 1000) == 77_000 + left)
    }

    @Test func `lets nobody in by a token that has ended since it was verified`() throws {
        try withKeyFile { path, write in
            try write(Self.secret)
            let ring = try KeyRing([.file(path)], now: { 0 }, tell: { _ in })
            var keeper = Doorkeeper(gate(keys: ring))
            let head = try head(try token(Self.secret, lasting: 60))
            for seconds in [0, 59, 69] {
                guard case .granted(let grant) = try keeper.admit(head, at: Self.clock(seconds)) else {
                    Issue.record("it was not let in after \(seconds) s")
                    return
                }
                #expect(grant.user == "jack")
            }
            let problem = #expect(throws: Problem.self) { try keeper.admit(head, at: Self.clock(70)) }
            #expect(problem?.kind == "token-expired")
        }
    }

    @Test func `forgets who was let in when the keys change`() async throws {
        let other = Array("another secret that is long enough, too".utf8)
        let path = FileManager.default.temporaryDirectory.appending(path: "fanfare-key-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(Self.secret).write(to: URL(filePath: path))
        let ring = try KeyRing([.file(path)], now: { 0 }, tell: { _ in })
        var keeper = Doorkeeper(gate(keys: ring))
        let head = try head(try token(Self.secret, lasting: 60))
        guard case .granted(let grant) = try keeper.admit(head, at: Self.clock()) else {
            Issue.record("it was not let in")
            return
        }
        try keeper.confirm(grant, at: Self.clock())
        try Data(other).write(to: URL(filePath: path))
        let (changes, changed) = AsyncStream<Void>.makeStream()
        ring.whenChanged { changed.yield() }
        ring.readNow()
        await withTaskGroup { group in
            group.addTask { await ring.run() }
            for await _ in changes { break }
            group.cancelAll()
        }
        #expect(throws: Problem.self) { try keeper.confirm(grant, at: Self.clock()) }
        #expect(throws: Problem.self) { try keeper.admit(head, at: Self.clock()) }
        let fresh = try self.head(try token(other, lasting: 60))
        guard case .granted = try keeper.admit(fresh, at: Self.clock()) else {
            Issue.record("the new key is not known")
            return
        }
    }

    @Test func `remembers so many tokens, those that come again the longest`() throws {
        func digest(_ number: Int) -> SHA256Digest { SHA256Digest(Array("\(number)".utf8)) }
        var memory = TokenMemory(most: 100)
        for number in 0..<1000 {
            memory.add(.open, of: digest(number))
            #expect(memory.grant(of: digest(0)) != nil)
        }
        let remembered = (0..<1000).count { memory.grant(of: digest($0)) != nil }
        #expect((100...200).contains(remembered))
        memory.removeAll()
        #expect(memory.grant(of: digest(999)) == nil)
    }
}
