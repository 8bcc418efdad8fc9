import Testing

@testable import Keys

@Suite struct `A source of keys` {
    @Test(arguments: [
        ("https://a.example/keys", "https://a.example/keys"),
        ("https://u:p@a.example/keys?key=secret#x", "https://a.example/keys"),
        // Wherever such a sign is, what stands before it may be a password.
        ("https://a.example?u@b", "https://…"), ("https://a@b@c/d@e", "https://e"),
        ("https://u:pass/word@a.example/keys", "https://a.example/keys"),
        ("https://u:pass?word@a.example/keys", "https://…"), ("https://u:pass#word@a.example/keys", "https://…"),
        ("http://u:p@ss@a.example/keys?token=x", "http://a.example/keys"),
    ])
    func `is shown without what may be secret in its URL`(url: String, shown: String) {
        #expect(KeySource.url(url).name == shown)
    }

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
