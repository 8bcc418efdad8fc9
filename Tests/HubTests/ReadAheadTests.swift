import HubSamples
import Testing

@testable import Hub

/// How much of the log a stream holds that catches up.
@Suite struct ReadAheadTests {
    private func bench(events: Int) throws -> BoardBench {
        var rules = BoardBench.rules
        rules.pageBytes = 100
        let bench = BoardBench(rules, keeping: 10_000)
        for _ in 0..<events { try bench.publish("a", data: String(repeating: "x", count: 9)) }
        return bench
    }

    @Test func `the next page is asked for before the present one is written, and pages grow`() throws {
        let bench = try bench(events: 500)
        let (_, sink) = try bench.open("a", from: .earliest)
        bench.ask()
        bench.settle()
        var sizes: [Int] = []
        var waited = 0
        while let question = bench.board.takeQuestions().first, case .read(let handle, let request) = question {
            sizes.append(request.bytes)
            bench.board.answer(handle, bench.log.page(request))
            let isWaiting = bench.board.hasQuestions
            if !isWaiting { waited += 1 }
            bench.settle()
        }
        #expect(sizes.prefix(5) == [100, 200, 400, 400, 400])
        // The last page only has nothing after it.
        #expect(waited == 1)
        #expect(try bench.read(sink).blocks.map(\.id) == (0...500).map { "e1-\($0)" })
    }

    @Test func `a reader that takes nothing has two pages waiting for it, and no more`() throws {
        let bench = try bench(events: 500)
        let (handle, sink) = try bench.open("a", from: .earliest)
        bench.ask()
        bench.settle()
        bench.output[sink].mood = .room(0)
        for _ in 0..<10 {
            bench.ask()
            bench.settle()
        }
        // Ten bytes of each event count: ten events a page at first, then twenty.
        let behind = bench.board.summaries[0].bytesBehind
        let block = "id: e1-10\ndata: xxxxxxxxx\n\n".utf8.count
        #expect((28 * block...31 * block).contains(behind), "\(behind / block) events")
        bench.output[sink].mood = .open
        bench.board.writable(handle)
        bench.rest()
        #expect(try bench.read(sink).blocks.map(\.id) == (0...500).map { "e1-\($0)" })
    }

    @Test func `a reader that was slow gets small pages again`() throws {
        let bench = try bench(events: 500)
        let (handle, sink) = try bench.open("a", from: .earliest)
        bench.ask()
        bench.settle()
        for _ in 0..<4 {
            bench.ask()
            bench.settle()
        }
        bench.output[sink].mood = .room(0)
        for _ in 0..<4 {
            bench.ask()
            bench.settle()
        }
        bench.output[sink].mood = .open
        bench.board.writable(handle)
        bench.settle()
        guard case .read(_, let request)? = bench.board.takeQuestions().first else {
            Issue.record("nothing was asked")
            return
        }
        #expect(request.bytes == 100)
    }
}
