import Authorization
import HTTPMessage
import Hub
import JSONText
import Testing

@testable import Fanfare

@Suite struct `A doorkeeper` {
    private static let secret = Array("a secret that is long enough for tests".utf8)
    private static let now = 1_800_000_000

    private func gate(leeway: Duration = .seconds(10), isAnonymous: Bool = false) throws -> Fanfare.Gate {
        var configuration = Configuration()
        configuration.tokenLeeway = leeway
        configuration.anonymous = isAnonymous
        return Fanfare.Gate(configuration, keys: nil)
    }

    @Test func `without a key lets nobody in by a token, and with --open everybody`() throws {
        var keeper = Doorkeeper(try gate())
        let head = try RequestHead(.get, "/", fields: [("Host", "h"), ("Authorization", "Bearer a.b.c")])
        #expect(throws: Problem.self) { try keeper.admit(head, at: Self.now) }
        var configuration = Configuration()
        configuration.open = true
        var open = Doorkeeper(Fanfare.Gate(configuration, keys: nil))
        guard case .granted(let grant) = try open.admit(head, at: Self.now) else {
            Issue.record("a token was looked at")
            return
        }
        #expect(grant.isOpen)
    }

    @Test func `grants nothing without a token`() throws {
        var keeper = Doorkeeper(try gate())
        let head = try RequestHead(.get, "/", fields: [("Host", "h")])
        guard case .granted(let grant) = try keeper.admit(head, at: Self.now) else {
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
        #expect(try gate().expiry(end, now: 77_000, time: Self.now * 1000) == 77_000 + left)
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

@Suite struct `A source of keys` {
    @Test(arguments: [
        ("https://a.example/keys", true), ("http://127.0.0.1:80", true), ("https://", false), ("https:///a", false),
        ("ftp://a.example/", false), ("keys.json", false), ("https:keys.json", false), ("https://a b", false),
        ("https://a\u{7F}", false), ("https://ä.example", false),
    ])
    func `is fetched if it is a URL`(text: String, isFetched: Bool) {
        #expect(KeySource.isFetched(text) == isFetched)
    }

    @Test(arguments: [
        ("https://a.example/", false), ("http://localhost/", false), ("http://LOCALHOST:80?x", false),
        ("http://127.1.2.3:8080/keys", false), ("http://[::1]:80", false), ("http://localhost.evil.example/", true),
        ("http://127.0.0.1.evil.example/", true), ("http://10.0.0.1/", true), ("http://a.example", true),
        ("http://localhost@evil.example/", true), ("http://localhost:80@evil.example/", true),
    ])
    func `is open to others if it comes in clear from elsewhere`(url: String, isUnprotected: Bool) {
        #expect(KeySource.url(url).isUnprotected == isUnprotected)
    }
}
