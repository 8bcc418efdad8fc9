import Foundation
import Hub
import HubSamples
import Testing

@testable import SQLiteLog

@Suite struct RoomTests {
    @Test func `what is in the side file is copied meanwhile, and it begins anew`() throws {
        let bench = FileBench()
        let log = try bench.open(tail: 4096)
        // A page of the file each.
        let data = String(repeating: "x", count: 3500)
        var largest = 0
        for round in 1...8 {
            _ = bench.append((0..<1100).map { _ in Publication(OneOrMore(draft("a", data: data))) }, to: log)
            largest = max(largest, bench.size("-wal"))
            bench.settle(log)
            // Only copying makes the file itself grow.
            #expect(bench.size() >= round * 1100 * 4096)
        }
        #expect(largest < 2 * 1100 * 4096, "\(largest)")
        log.close()
    }

    @Test func `the index has few rows for a topic, however few of its events came at a time`() throws {
        let bench = FileBench()
        let log = try bench.open(tail: 4)
        for number in 0..<900 { bench.append(draft("\(number % 3)"), to: log) }
        bench.settle(log)
        let rows = try Statement("SELECT count(*) FROM runs", on: Connection(bench.path)).number() ?? 0
        #expect((3...6).contains(rows), "\(rows)")
        #expect(bench.events(log, of: "1").map(\.position) == (0..<300).map { 3 * $0 + 2 })
        log.close()
    }

    @Test func `the file shrinks when retention has freed most of it, and its side file stays small`() throws {
        let bench = FileBench()
        let log = try bench.open(age: 1000, tail: 4096)
        let data = String(repeating: "x", count: 1000)
        for _ in 0..<30 {
            _ = bench.append((0..<1000).map { _ in Publication(OneOrMore(draft("a", data: data))) }, to: log)
        }
        bench.now += 2000
        while log.expire(at: bench.clock) { bench.settle(log) }
        bench.append(draft("a"), to: log)
        for _ in 0..<40 { bench.expire(log) }
        #expect(log.kept == 30_001..<30_002)
        #expect(bench.size("-wal") < 100 << 20)
        log.close()
        #expect(bench.size() < 8 << 20)
    }
}
