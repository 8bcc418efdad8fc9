import Testing

@testable import FanfareCommand

@Suite struct `A size` {
    @Test(arguments: [
        ("0", 0), ("1", 1), ("1024", 1024), ("64KiB", 65_536), ("1MiB", 1_048_576), ("2GiB", 2_147_483_648),
        ("0KiB", 0),
        ("9223372036854775807", Int.max), ("8589934591GiB", 8_589_934_591 << 30),
    ])
    func `is bytes, or a whole number and a unit`(text: String, bytes: Int) throws {
        #expect(try ByteCount.read(text) == bytes)
    }

    @Test(arguments: [
        "", "KiB", "-1", "+1", "1.5MiB", "64KB", "64kib", "64K", "1 MiB", " 1", "1TiB", "1B", "1MiBx", "٣KiB",
        "9223372036854775808", "8589934592GiB",
    ])
    func `is nothing else`(text: String) {
        let error = #expect(throws: OptionValueError.self) { try ByteCount.read(text) }
        #expect(error?.message.contains("'\(text)'") == true)
    }

    @Test(arguments: [("64KB", "64KiB"), ("1m", "1MiB"), ("2GB", "2GiB")])
    func `in another unit gets a hint`(text: String, meant: String) {
        let error = #expect(throws: OptionValueError.self) { try ByteCount.read(text) }
        #expect(error?.message.hasSuffix("did you mean \(meant)?") == true)
    }

    @Test(arguments: ["0", "1", "1023", "1KiB", "1025", "64KiB", "1MiB", "3GiB", "1536KiB"])
    func `is shown as one would write it`(text: String) throws {
        #expect(ByteCount.text(try ByteCount.read(text)) == text)
    }
}

@Suite struct `A typo` {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("listen", "lisetn", 1), ("retain-age", "retainage", 1),
        ("abc", "abc", 0),
    ])
    func `counts insertions, deletions, substitutions and swaps`(left: String, right: String, distance: Int) {
        #expect(Spelling.distance(left, right) == distance)
        #expect(Spelling.distance(right, left) == distance)
    }

    @Test(arguments: [
        ("lisen", "listen"), ("retain-evnets", "retain-events"), ("heart", "heartbeat"), ("hearbeat", "heartbeat"),
        ("takeover", nil), ("x", nil), ("", nil), ("retry-drain", nil), ("slow-limit-byte", "slow-limit-bytes"),
    ])
    func `finds what was meant, if that is likely`(word: String, meant: String?) {
        #expect(Spelling.nearest(to: word, in: ServeOptions.table.options.map(\.name)) == meant)
    }
}

@Suite struct `The URL of a hub` {
    @Test(arguments: [
        ("http://localhost:8080", "http://localhost:8080/publish"),
        ("http://localhost:8080/", "http://localhost:8080/publish"),
        ("https://h/base", "https://h/base/publish"), ("HTTP://h", "HTTP://h/publish"),
    ])
    func `is a base that paths are added to`(text: String, url: String) throws {
        #expect(try HubURL(optionText: text).url("/publish") == url)
    }

    @Test(arguments: [
        "", "localhost:8080", "http://", "ftp://h", "http://h?x", "http://h#x", "http://h x", "http://h\r\n",
    ])
    func `is nothing else`(text: String) {
        #expect(throws: OptionValueError.self) { try HubURL(optionText: text) }
    }

    @Test(arguments: [
        ("http://h:1/x?token=e30.AA", "'http://h:1/x' is not the base"),
        ("http://h/#e30.AA", "'http://h/' is not the base"),
        ("http://me:e30.AA@h:1/?x", "'http://h:1/' is not the base"),
        ("http://me:e30.AA/@h x", "'http://h x' is not the base"),
        ("http://me:e30?AA@h", "'http://…' is not the base"),
        ("http://h?token=@e30.AA", "'http://…' is not the base"),
        (
            "me:e30.AA@h:80",
            "'h:80' is not the URL of a hub; write http://HOST:PORT or https://HOST; did you mean http://h:80?"
        ),
        ("h/?token=e30.AA", "did you mean http://h/?"),
        ("ftp://me:e30.AA@h?e30.AA@", "'ftp://h' is not the URL"),
    ])
    func `is shown without who is named in it and without its query when it is refused`(text: String, part: String) {
        let error = #expect(throws: OptionValueError.self) { try HubURL(optionText: text) }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("e30") == false)
    }

    @Test func `has its query encoded byte by byte`() {
        let url = HubURL.local.url("/subscribe", query: [("topic", "a/b|c d&é*~"), ("since", "2026-01-01T00:00:00Z")])
        #expect(
            url == "http://127.0.0.1:8080/subscribe?topic=a%2Fb%7Cc%20d%26%C3%A9%2A~&since=2026-01-01T00%3A00%3A00Z")
    }
}
