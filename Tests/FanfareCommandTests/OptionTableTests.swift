import Testing

@testable import Fanfare
@testable import FanfareCommand

/// Every option of `serve` with a value that is not its default, as it is written and as it is shown.
private let samples: [(name: String, value: String)] = [
    ("listen", "127.0.0.1:9999"), ("tls-cert", "a.pem"), ("tls-key", "b.pem"), ("tls-self-signed", "true"),
    ("tls-redirect", "true"), ("trusted-proxy", "10.0.0.0/8"), ("proxy-protocol", "true"), ("log", "sqlite:x.db"),
    ("retain-events", "7"), ("retain-age", "3h"),
    ("retain-bytes", "5MiB"),
    ("workers", "3"), ("heartbeat", "4s"), ("retry", "750ms"), ("drain-retry", "11s"), ("max-connections", "77"),
    ("max-streams-per-address", "6"), ("max-streams-per-user", "5"), ("publish-rate", "20/s"),
    ("max-event-size", "1KiB"), ("max-body-size", "1MiB"), ("max-head-size", "32KiB"),
    ("http2-max-streams", "10"), ("http2-reset-rate", "5/s"), ("http2-control-rate", "6/s"), ("max-topics", "9"),
    ("slow-limit-bytes", "2MiB"),
    ("slow-limit-age", "45s"), ("key-file", "c.pem"), ("jwks", "https://a.example/keys"),
    ("issuer", "https://a.example"),
    ("audience", "hub"), ("token-leeway", "2s"), ("anonymous", "true"), ("open", "true"), ("open-anywhere", "true"),
    ("demo", "true"),
    ("cors", "https://a.example"), ("drain", "3s"),
    ("log-format", "json"), ("log-level", "debug"),
]

private let table = ServeOptions.table

/// A plan from the three sources, the file by its contents.
private func plan(
    _ arguments: [String], environment: [String: String] = [:], file: String = "{}"
) throws -> ServePlan {
    try ServePlan(try table.parse(arguments), environment: environment) { _ in Array(file.utf8) }
}

/// The value shown for an option, and where it is from.
private func value(_ name: String, in plan: ServePlan) throws -> [String] {
    let option = try table.option(named: name)
    return [option.show(plan.options), plan.sources[name]?.description ?? "default"]
}

@Suite struct `The options of serve` {
    @Test func `all have a sample here`() {
        #expect(table.options.map(\.name).filter { $0 != "config" && $0 != "check" } == samples.map(\.name))
    }

    @Test(arguments: samples)
    func `are read from the command line, in both spellings`(name: String, value expected: String) throws {
        let isFlag = try table.option(named: name).form == .flag
        #expect(try value(name, in: plan(["--\(name)=\(expected)"])) == [expected, "command line"])
        #expect(
            try value(name, in: plan(isFlag ? ["--\(name)"] : ["--\(name)", expected])) == [expected, "command line"])
    }

    @Test(arguments: samples)
    func `are read from the environment`(name: String, value expected: String) throws {
        let variable = "FANFARE_" + name.uppercased().split(separator: "-").joined(separator: "_")
        #expect(try value(name, in: plan([], environment: [variable: expected])) == [expected, "environment"])
    }

    @Test(arguments: samples)
    func `are read from the file`(name: String, value expected: String) throws {
        let text =
            switch try table.option(named: name).form {
            case .flag: expected
            case .value: Int(expected) == nil ? "\"\(expected)\"" : expected
            case .list: "[\"\(expected)\"]"
            }
        let plan = try plan(["--config", "f.json"], file: "{\"\(name)\": \(text)}")
        #expect(try value(name, in: plan) == [expected, "file f.json"])
    }

    @Test(arguments: samples)
    func `stand in the help with their default`(name: String, value: String) throws {
        let help = table.help(defaults: ServeOptions(), note: ServeOptions.note)
        let line = help.split(separator: "\n").first { $0.hasPrefix("  --\(name) ") }
        #expect(line != nil)
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test(arguments: samples)
    func `that were not given show their default`(name: String, value: String) throws {
        let option = try table.option(named: name)
        #expect(try FanfareCommandTests.value(name, in: plan([])) == [option.show(ServeOptions()), "default"])
    }

    @Test func `are beaten by a stronger source`() throws {
        let file = #"{"retry": "1s", "drain": "1s", "heartbeat": "1s"}"#
        let environment = ["FANFARE_RETRY": "2s", "FANFARE_DRAIN": "2s", "FANFARE_CONFIG": "f"]
        let plan = try plan(["--retry", "3s"], environment: environment, file: file)
        #expect(try value("retry", in: plan) == ["3s", "command line"])
        #expect(try value("drain", in: plan) == ["2s", "environment"])
        #expect(try value("heartbeat", in: plan) == ["1s", "file f"])
        #expect(try value("drain-retry", in: plan) == ["10s", "default"])
    }

    @Test func `that take several values take them all from the strongest source alone`() throws {
        let environment = ["FANFARE_LISTEN": "127.0.0.1:1,127.0.0.1:2", "FANFARE_CORS": ""]
        let ofEnvironment = try plan(["--config=f"], environment: environment, file: #"{"cors": ["https://a"]}"#)
        #expect(ofEnvironment.options.configuration.listen == ["127.0.0.1:1", "127.0.0.1:2"])
        #expect(ofEnvironment.options.configuration.cors == [])
        let arguments = ["--listen", "127.0.0.1:3", "--listen=127.0.0.1:4"]
        #expect(
            try plan(arguments, environment: environment).options.configuration.listen == [
                "127.0.0.1:3", "127.0.0.1:4",
            ])
    }

    @Test func `given twice count the last time`() throws {
        #expect(try value("retry", in: plan(["--retry", "1s", "--retry=2s"])) == ["2s", "command line"])
    }

    @Test func `can be turned off again`() throws {
        #expect(try plan(["--open=false"], environment: ["FANFARE_OPEN": "true"]).options.configuration.open == false)
    }

    @Test func `make a report with a line each`() throws {
        let plan = try plan(
            ["--demo", "--config=c.json"], environment: ["FANFARE_RETRY": "9s"], file: #"{"max-topics": 5}"#)
        let lines = plan.report.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.count == samples.count)
        #expect(lines.contains("retry 9s environment"))
        #expect(lines.contains("max-topics 5 file c.json"))
        #expect(lines.contains("demo true command line"))
        #expect(lines.contains("drain 10s default"))
    }
}

@Suite struct `A mistake in a call of serve` {
    @Test(arguments: [
        (["--retian-age", "1h"], "unknown option --retian-age; did you mean --retain-age?"),
        (["--takeover", "x"], "unknown option --takeover; 'fanfare help serve' lists all"),
        (["-x"], "unknown option -x; options begin with --, and what follows a lone -- is taken as it is"),
        (
            ["-token=e30.e30.AA"],
            "unknown option -token; options begin with --, and what follows a lone -- is taken as it is"
        ),
        (["--tokn=e30.e30.AA"], "unknown option --tokn; 'fanfare help serve' lists all"),
        (["--retry"], "--retry needs a value: --retry DURATION"),
        (["--retry", "--open"], "--retry needs a value: --retry DURATION"),
        (["--retry="], "--retry: '' is not a duration: a number and ms, s, m, h or d, as in 250ms or 24h"),
        (["--workers", "x"], "--workers: 'x' is not a whole number"),
        (["--http2-reset-rate", "10"], "--http2-reset-rate: '10' is not a rate; write so many a second as 20/s"),
        (["--http2-reset-rate", "1/m"], "--http2-reset-rate: '1/m' is not a rate; write so many a second as 20/s"),
        (["--open=yes"], "--open: 'yes' is neither true nor false"),
        (["--log", "redis:x"], "--log: 'redis:x' is not a log that exists so far; write memory or sqlite:PATH"),
        (["--log", "sqlite:"], "--log: 'sqlite:' names no file; write sqlite:fanfare.db, say"),
        (["--log-level", "loud"], "--log-level: 'loud' is not one of debug, info, warning, error"),
        (["now"], "'now' is not an option of serve; 'fanfare help serve' lists all"),
        (
            ["--retry", "x", "--retry", "1s"],
            "--retry: 'x' is not a duration: a number and ms, s, m, h or d, as in 250ms or 24h"
        ),
    ])
    func `on the command line is named`(arguments: [String], message: String) {
        expect(message) { try plan(arguments) }
    }

    @Test(arguments: [
        ("FANFARE_RETRAY", "1s", "unknown variable FANFARE_RETRAY in the environment; did you mean FANFARE_RETRY?"),
        ("FANFARE_ZZZ", "", "unknown variable FANFARE_ZZZ in the environment; 'fanfare help serve' lists all options"),
        (
            "FANFARE_CHECK", "true",
            "unknown variable FANFARE_CHECK in the environment; 'fanfare help serve' lists all options"
        ),
        ("FANFARE_WORKERS", "", "FANFARE_WORKERS: '' is not a whole number"),
        ("FANFARE_OPEN", "1", "FANFARE_OPEN: '1' is neither true nor false"),
    ])
    func `in the environment is named`(variable: String, value: String, message: String) {
        expect(message) { try plan(["--retry=1s", "--workers=1"], environment: [variable: value]) }
    }

    @Test(arguments: [
        (
            #"{"retry": "1x"}"#,
            #"f: "retry": '1x' is not a duration: a number and ms, s, m, h or d, as in 250ms or 24h"#
        ),
        (#"{"retyr": "1s"}"#, #"f: unknown key "retyr"; did you mean "retry"?"#),
        (#"{"config": "g"}"#, #"f: unknown key "config"; 'fanfare help serve' lists all options"#),
        (#"{"check": true}"#, #"f: unknown key "check"; 'fanfare help serve' lists all options"#),
        (#"{"open": 1}"#, #"f: "open": not true or false"#),
        (#"{"workers": [1]}"#, #"f: "workers": not a string or a number"#),
        (#"{"workers": null}"#, #"f: "workers": not a string or a number"#),
        (#"{"workers": 1.5}"#, #"f: "workers": '1.5' is not a whole number"#),
        (#"{"listen": [1]}"#, #"f: "listen": not an array of strings"#),
        ("[]", #"f is not a JSON object; write {"retain-age": "24h"}"#),
    ])
    func `in the file is named`(file: String, message: String) {
        expect(message) { try plan(["--config", "f", "--retry=1s"], file: file) }
    }

    @Test(arguments: ["", "{", #"{"retry": "1s",}"#, #"{"retry": "1s", "retry": "2s"}"#, "{} x"])
    func `of JSON in the file is named`(file: String) {
        let error = #expect(throws: CommandError.self) { try plan(["--config", "f"], file: file) }
        #expect(error?.code == .usage)
        #expect(error?.message.hasPrefix("f is not JSON: ") == true)
    }

    @Test func `is not what other commands and Kubernetes put into the environment`() throws {
        _ = try plan(
            [],
            environment: [
                "FANFARE_URL": "http://h", "FANFARE_TOKEN": "a.b.c", "FANFARE_SERVICE_HOST": "10.0.0.1",
                "FANFARE_SERVICE_PORT": "80",
                "FANFARE_PORT": "tcp://10.0.0.1:80", "FANFARE_PORT_80_TCP_ADDR": "10.0.0.1",
                "FANFARE_HUB_SERVICE_HOST": "10.0.0.2", "FANFARE_HUB_PORT": "tcp://10.0.0.2:80", "PATH": "/bin",
            ])
        expect("unknown variable FANFARE_PORT in the environment; 'fanfare help serve' lists all options") {
            try plan([], environment: ["FANFARE_PORT": "80"])
        }
    }

    private func expect(
        _ message: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> ServePlan
    ) {
        let error = #expect(throws: CommandError.self, sourceLocation: sourceLocation) { try body() }
        #expect(error?.message == message, sourceLocation: sourceLocation)
        #expect(error?.code == .usage, sourceLocation: sourceLocation)
    }
}

@Suite struct `A command line` {
    @Test func `has options and operands in any order`() throws {
        let parsed = try PublishOptions.table.parse(["--topic", "a", "x", "--topic=b=c", "-", "--", "--type", "-5"])
        #expect(parsed.settings == [OptionSetting(name: "topic", values: ["a", "b=c"], source: .commandLine)])
        #expect(parsed.operands == ["x", "-", "--type", "-5"])
    }

    @Test(arguments: [["--help"], ["-h"], ["--retry", "1s", "--help"], ["-h", "x"]])
    func `asks for help anywhere among its options`(arguments: [String]) throws {
        #expect(try table.parse(arguments).asksForHelp)
    }

    @Test(arguments: [["--", "--help"], ["x"]])
    func `asks for no help behind a lone --`(arguments: [String]) throws {
        #expect(try !table.parse(arguments).asksForHelp)
    }

    @Test(arguments: [("pubish", "publish"), ("sub", "subscribe"), ("srve", "serve")])
    func `with a command that does not exist names the nearest`(name: String, nearest: String) {
        let error = #expect(throws: CommandError.self) { try Subcommand(named: name) }
        #expect(error == CommandError(.usage, "unknown command '\(name)'; did you mean '\(nearest)'?"))
    }

    @Test func `lists every command in the overview`() {
        for command in Subcommand.allCases { #expect(Subcommand.overview.contains("\n  \(command.rawValue) ")) }
    }
}
