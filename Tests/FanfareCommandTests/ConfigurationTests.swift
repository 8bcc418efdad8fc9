import Testing

@testable import Fanfare
@testable import FanfareCommand

@Suite struct `A configuration` {
    @Test func `is sound by default, open or not`() throws {
        var configuration = Configuration()
        try configuration.validate()
        configuration.open = true
        try configuration.validate()
    }

    @Test(arguments: [
        ["--retain-events=0"], ["--retain-age=0s"], ["--retain-age=36501d"], ["--retain-bytes=0"], ["--workers=0"],
        ["--workers=1025"], ["--heartbeat=0s"], ["--heartbeat=25h"], ["--retry=0ms"], ["--retry=86400001ms"],
        ["--drain-retry=499ms"], ["--max-connections=0"], ["--max-event-size=0"], ["--max-body-size=0"],
        ["--max-body-size=262143"], ["--max-topics=0"], ["--max-head-size=1023"], ["--max-head-size=1025KiB"],
        ["--http2-max-streams=0"], ["--http2-max-streams=1048577"], ["--http2-reset-rate=0/s"],
        ["--max-streams-per-address=0"], ["--max-streams-per-user=0"], ["--publish-rate=0/s"],
        ["--publish-rate=1000001/s"], ["--open-anywhere", "--open=false"],
        ["--slow-limit-bytes=524287"], ["--slow-limit-age=0s"],
        ["--drain=25h"], ["--cors="], ["--cors=null"], ["--cors=a.example"], ["--cors=https://"], ["--cors=https://a/"],
        ["--cors=https://A.example"], ["--cors=https://u@a"], ["--listen="], ["--listen=8080"], ["--listen=:8080"],
        ["--listen=127.0.0.1"], ["--listen=127.0.0.1:65536"], ["--listen=127.0.0.1:-1"], ["--listen=::1:80"],
        ["--listen=[::1]"], ["--listen=[127.0.0.1]:80"], ["--listen=http://a:80"],
        ["--listen=0.0.0.0:80"], ["--listen=[::]:80"], ["--listen=192.168.1.1:80"], ["--listen=example.org:80"],
        ["--listen=127.0.0.1:+80"], ["--listen=127.0.0.1: 80"], ["--listen=127.0.0.1\u{0}.example.org:80"],
        ["--listen=[::1%lo]:80"], ["--listen=[::ffff:127.0.0.1]:80"], ["--listen=127.1:80"], ["--listen=127.0.0.1:"],
        ["--listen=127.0.0.1.example.org:80"], ["--listen=127.0.0.1:80", "--listen=10.0.0.1:80"],
        ["--listen=https://127.0.0.1:80"], ["--listen=ftp://127.0.0.1:80"], ["--listen=https:127.0.0.1:80"],
        ["--listen=http://127.0.0.1:80/"], ["--listen=https://0.0.0.0:443", "--tls-self-signed"],
        ["--tls-key=", "--tls-cert=a"], ["--tls-cert=", "--tls-key=a"],
        ["--tls-self-signed", "--tls-cert=a", "--tls-key=b"], ["--tls-self-signed", "--listen=http://127.0.0.1:80"],
        ["--tls-cert=a", "--tls-key=b", "--listen=http://127.0.0.1:80"], ["--tls-redirect"],
        ["--tls-redirect", "--tls-self-signed"], ["--tls-redirect", "--listen=http://127.0.0.1:80"],
        ["--trusted-proxy="], ["--trusted-proxy=localhost"], ["--trusted-proxy=10.0.0.0/33"],
        ["--trusted-proxy=10.0.0.0/"],
        ["--trusted-proxy=[::1]"], ["--trusted-proxy=::1", "--trusted-proxy=10.0.0.1:80"],
    ])
    func `with a value out of range is refused by name`(arguments: [String]) throws {
        let plan = try plan(["--open"] + arguments)
        let error = #expect(throws: CommandError.self) { try plan.validate() }
        let option = arguments[0].split(separator: "=")[0]
        #expect(error?.code == .usage)
        #expect(error?.message.hasPrefix("\(option): ") == true, "it is: \(error?.message ?? "")")
    }

    @Test(arguments: [
        (["--tls-cert=a"], "tls-key"), (["--tls-key=a"], "tls-cert"),
        (["--tls-cert=a", "--tls-cert=b", "--tls-key=c"], "tls-key"),
        (["--tls-cert=a", "--tls-key=b", "--tls-key=c"], "tls-cert"),
    ])
    func `with a certificate or a key too few is told which`(arguments: [String], missing: String) throws {
        let error = #expect(throws: CommandError.self) { try plan(["--open"] + arguments).validate() }
        #expect(error?.code == .usage)
        #expect(error?.message.hasPrefix("--\(missing): ") == true)
    }

    @Test(arguments: [[], ["--open"]])
    func `that names a host to listen on is told that an address is needed`(arguments: [String]) throws {
        let error = #expect(throws: CommandError.self) {
            try plan(arguments + ["--listen=example.org:80"]).validate()
        }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("'example.org:80' is not an address") == true)
    }

    @Test(arguments: [
        ["--listen=localhost:0"], ["--listen=LocalHost:80"], ["--listen=[::1]:8080"], ["--listen=127.255.0.1:1"],
        ["--slow-limit-bytes=512KiB"],
        ["--max-body-size=256KiB"], ["--drain=0s"], ["--drain-retry=500ms"], ["--retry=24h"], ["--cors=*"],
        ["--cors=https://a.example:8443", "--cors=http://[::1]:80"], ["--demo"], ["--open=false", "--demo"],
        ["--trusted-proxy=10.0.0.0/8", "--trusted-proxy=::1"], ["--trusted-proxy=0.0.0.0/0"],
        ["--trusted-proxy=10.1.2.3/8"],
        ["--proxy-protocol"], ["--proxy-protocol", "--trusted-proxy=2001:db8::/32"],
        ["--max-streams-per-address=1", "--max-streams-per-user=1"], ["--publish-rate=1/s"],
        ["--publish-rate=1000000/s"], ["--open-anywhere", "--listen=0.0.0.0:80", "--listen=[::]:80"],
        ["--open=false", "--demo", "--open-anywhere", "--listen=192.168.1.1:80"],
        ["--tls-self-signed"], ["--tls-cert=a", "--tls-key=a"], ["--listen=HTTPS://[::1]:443", "--tls-self-signed"],
        ["--tls-cert=a", "--tls-cert=b", "--tls-key=c", "--tls-key=d"],
        ["--tls-self-signed", "--listen=http://localhost:80", "--listen=localhost:443", "--tls-redirect"],
    ])
    func `at the edge of what is allowed is served`(arguments: [String]) throws {
        try plan(["--open"] + arguments).validate()
    }

    @Test func `whose sizes are near the largest integer does not trap`() throws {
        var configuration = Configuration()
        configuration.maxEventSize = .max
        configuration.maxBodySize = .max
        configuration.slowLimitBytes = .max
        let error = #expect(throws: ConfigurationError.self) { try configuration.validate() }
        #expect(error?.option == "slow-limit-bytes")
    }

    @Test(arguments: [
        ["--jwks=ftp://a.example/"], ["--jwks=https://"], ["--jwks=https:///keys"], ["--jwks="], ["--key-file="],
        ["--issuer="], ["--audience="], ["--token-leeway=11m"], ["--anonymous", "--open"], ["--key-file=a", "--open"],
        ["--jwks=a", "--open"], ["--issuer=a", "--open"], ["--audience=a", "--open"], ["--anonymous", "--demo"],
    ])
    func `of authorization that makes no sense is refused by name`(arguments: [String]) throws {
        let error = #expect(throws: CommandError.self) { try plan(arguments).validate() }
        let option = arguments[0].split(separator: "=")[0]
        #expect(error?.code == .usage)
        #expect(error?.message.hasPrefix("\(option): ") == true, "it is: \(error?.message ?? "")")
    }

    @Test(arguments: [
        "ftp://me:e30@a.example/keys?key=e30#e30", "https:///me:e30/@a.example/", "https://me:e30/e30@a b",
        "https://me:e30?e30@a b", "https://a b/e30?@", "http://é:e30/@a.example", "me:e30@://",
    ])
    func `with a URL of keys that is refused says nothing of it that may be secret`(url: String) throws {
        let error = #expect(throws: CommandError.self) { try plan(["--jwks=\(url)"]).validate() }
        #expect(error?.message.hasPrefix("--jwks: ") == true)
        #expect(error?.message.contains("e30") == false, "it is: \(error?.message ?? "")")
    }

    @Test func `without a key and without a file beside which one could be is told what to give`() throws {
        let error = #expect(throws: CommandError.self) { try plan(["--log=memory"]).validate() }
        #expect(error?.code == .usage)
        for word in ["--key-file", "--jwks", "--open"] { #expect(error?.message.contains(word) == true) }
    }

    @Test(arguments: [
        [], ["--listen=0.0.0.0:80"], ["--log=memory", "--key-file=a"], ["--log=memory", "--jwks=a.json"],
        ["--jwks=https://a.example/keys"], ["--jwks=http://127.0.0.1:80/keys"], ["--key-file=a", "--key-file=b"],
        ["--anonymous"], ["--issuer=a", "--audience=b", "--token-leeway=0s"],
    ])
    func `that asks for tokens is served`(arguments: [String]) throws {
        try plan(arguments).validate()
    }

    @Test func `has a key of its own only beside a log in a file, and only if none is given`() {
        var configuration = Configuration()
        #expect(configuration.ownKeyFile == "fanfare.db-token.key")
        configuration.open = true
        #expect(configuration.ownKeyFile == nil)
        configuration.open = false
        configuration.keyFile = ["a"]
        #expect(configuration.ownKeyFile == nil)
        configuration.keyFile = []
        configuration.log = .memory
        #expect(configuration.ownKeyFile == nil)
    }

    @Test func `names the place that a refused value is from`() throws {
        let plan = try ServePlan(ParsedArguments(), environment: ["FANFARE_WORKERS": "0"]) { _ in [] }
        let error = #expect(throws: CommandError.self) { try plan.validate() }
        #expect(error?.message.hasPrefix("FANFARE_WORKERS: ") == true)
    }

    private func plan(_ arguments: [String]) throws -> ServePlan {
        try ServePlan(try ServeOptions.table.parse(arguments), environment: [:]) { _ in [] }
    }
}
