import Authorization
import Foundation
import Testing

@testable import Admission
@testable import Fanfare
@testable import Workers

@Suite struct `Refusals` {
    @Test func `are counted by kind, and those of a program's own as others`() {
        let counts = RefusalCounts()
        for kind in ["publish-rate", "not-found", "publish-rate", "unknown-user", "no-luck"] { counts.add(kind) }
        #expect(counts.count(of: "publish-rate") == 2)
        #expect(counts.count(of: "not-found") == 1)
        #expect(counts.count(of: "draining") == 0)
        #expect(counts.count(of: "other") == 2)
        #expect(counts.all.filter { $0.count > 0 }.map(\.kind) == ["publish-rate", "not-found", "other"])
    }

    @Test func `are told of once a minute, as many as there were since, while there are any`() {
        let counts = RefusalCounts()
        var report = RefusalReport()
        func due(_ now: Int) -> [String] { report.due(counts, at: now).map { "\($0.key)=\($0.value)" } }
        #expect(due(0) == [])
        counts.add("busy")
        counts.add("busy")
        #expect(due(500) == ["busy=2"])
        counts.add("busy")
        counts.add("too-slow")
        #expect(due(1000) == [])
        #expect(due(60_499) == [])
        #expect(due(60_500) == ["too-slow=1", "busy=1"])
        #expect(due(999_999) == [])
        counts.add("busy")
        #expect(due(1_000_000) == ["busy=1"])
        counts.add("busy")
        #expect(report.due(counts, at: 1_000_001, isLast: true).map(\.value) == ["1"])
        #expect(report.due(counts, at: 1_000_002, isLast: true).isEmpty)
    }

    @Test func `have a counter for each kind of problem that the sources name, and documentation`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        var named: Set<String> = []
        let files = try ["Admission", "Answers", "Wishes", "Workers", "Fanfare"].flatMap { room in
            try FileManager.default.contentsOfDirectory(
                at: root.appending(path: "Sources/\(room)"), includingPropertiesForKeys: nil)
        }
        for file in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /(?:Problem|self\.init)\((?:unauthorized:|\s*\.\w+,)\s*"([a-z0-9-]+)"/) {
                named.insert(String(match.1))
            }
            // Those that follow from a status.
            for match in text.matches(of: /(?:[45]\d\d:|\?\?) "([a-z]+-[a-z-]+|failed)"/) {
                named.insert(String(match.1))
            }
        }
        let ofTokens = Set(TokenError.Code.allCases.map(\.kind))
        let counted = Set(RefusalCounts.kinds)
        #expect(counted.count == RefusalCounts.kinds.count)
        named.formUnion(ofTokens)
        #expect(named.subtracting(counted) == [])
        #expect(counted.subtracting(named) == [])
        let pages = try String(contentsOf: root.appending(path: "docs/http-api.md"), encoding: .utf8)
        let table = pages.components(separatedBy: "`type` is stable").last?.components(separatedBy: "`detail` is").first
        let listed = Set(try #require(table).matches(of: /`([a-z0-9-]+)`/).map { String($0.1) })
        // Those of tokens have a table of their own.
        #expect(listed == counted.filter { !$0.hasPrefix("token-") })
        #expect(counted.filter { !pages.contains("`\($0)`") } == [])
    }
}
