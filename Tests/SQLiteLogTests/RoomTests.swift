import Foundation
import Hub
import HubSamples
import Testing

@testable import SQLiteLog

@Suite struct RoomTests {
    @Test func `the file shrinks when retention has freed most of it, and its side file stays small`() throws {
        let bench = FileBench()
        let log = try bench.open(age: 1000, tail: 4096)
        let data = String(repeating: "x", count: 1000)
        for _ in 0..<30 {
            _ = bench.append((0..<1000).map { _ in Publication(OneOrMore(draft("a", data: data))) }, to: log)
        }
        func size(_ suffix: String = "") -> Int {
            (try? FileManager.default.attributesOfItem(atPath: bench.path + suffix)[.size] as? Int) ?? 0
        }
        bench.now += 2000
        while log.expire(at: bench.clock) { bench.settle(log) }
        bench.append(draft("a"), to: log)
        for _ in 0..<40 { bench.expire(log) }
        #expect(log.kept == 30_001..<30_002)
        #expect(size("-wal") < 100 << 20)
        log.close()
        #expect(size() < 8 << 20)
    }
}
