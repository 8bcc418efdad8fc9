import HubSamples
import Testing
import TimerWheel

@testable import Hub

@Suite struct PrivateEventTests {
    @Test(arguments: LogKind.all, [["a", "b"], ["*"], ["**"]])
    func `very many private events are passed over in steps`(kind: LogKind, wanted: [String]) throws {
        let bench = LogBench(kind)
        let hidden = (0..<3000).map { draft($0 % 2 == 0 ? "a" : "b", isPrivate: true) }
        bench.append([Publication([draft("a"), draft("b")])])
        for start in stride(from: 0, to: hidden.count, by: 500) {
            bench.append([Publication(Array(hidden[start..<start + 500]))])
        }
        bench.append([Publication([draft("a")])])
        let last = bench.kept.upperBound - 1
        let filter = try EventFilter(
            wanted.map(pattern), within: ReadAccess(patterns: [], isPublicReadable: true, isAdmin: false))
        var found: [Position] = []
        var cursor = 0
        var steps = 0
        while cursor < last {
            let page = bench.page(
                ReadRequest(
                    filter: filter, after: cursor, through: last, events: 10, bytes: 1000))
            found += page.events.map(\.position)
            #expect(page.cursor > cursor)
            cursor = page.cursor
            steps += 1
        }
        #expect(found == [1, 2, last])
        if case .sqlite(4096) = kind {} else { #expect(steps > 1) }
        for (count, start) in [(0, last), (1, last - 1), (2, 1), (3, 0), (10, 0)] {
            let request = LocateRequest(filter: filter, start: .last(count), through: last, clock: bench.clock)
            #expect(bench.log.located(request) == Location(cursor: start), "\(count)")
        }
    }

    @Test(arguments: LogKind.all)
    func `blocks leave private events out as events do`(kind: LogKind) throws {
        let bench = LogBench(kind)
        for number in 0..<40 {
            bench.append(draft(["a", "b/c"][number % 2], data: "\(number)", isPrivate: number % 3 == 0))
        }
        bench.append(draft("a", "b/c", data: "both", isPrivate: true))
        let token = ReadAccess(patterns: [pattern("b/*")], isPublicReadable: true, isAdmin: false)
        for wanted in [["a"], ["a", "b/c"], ["*", "b/**"], ["**"]] {
            let filter = try EventFilter(wanted.map(pattern), within: token)
            var bytes: [UInt8] = []
            var expected: [UInt8] = []
            var cursor = 0
            while cursor < 41 {
                let page = bench.page(
                    ReadRequest(
                        filter: filter, after: cursor, through: 41, events: 7, bytes: 1000, takesBlocks: true))
                for event in page.events { Presentation.plain.append(event, readableBy: token, to: &bytes) }
                bytes += page.blocks
                cursor = page.cursor
            }
            for event in bench.read([pattern("**")]).events where filter.matches(event) {
                Presentation.plain.append(event, readableBy: token, to: &expected)
            }
            #expect(bytes == expected && !bytes.isEmpty, "\(wanted)")
            #expect(String(decoding: bytes, as: UTF8.self).contains("both") == (wanted != ["a"]))
        }
    }
}
