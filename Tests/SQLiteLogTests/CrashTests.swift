// Owns the proof that what was acknowledged outlives the process. The child is killed by the system, at a moment that
// nobody chose; what it said before that is in a file.

import Foundation
import Hub
import HubSamples
import SeededRandomness
import Synchronization
import Testing
import TimerWheel

@testable import SQLiteLog

@Suite struct CrashTests {
    @Test(arguments: 0..<3)
    func `what was acknowledged before a kill is there once and in order`(seed: Int) async throws {
        let bench = FileBench()
        let path = bench.path
        let acknowledged = bench.directory.appending(path: "acknowledged").path
        for round in 0..<8 {
            let number = seed * 100 + round
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, acknowledged = acknowledged as String, number = number as Int] in
                try Publishers(path, acknowledged, round: number).publishUntilKilled()
            }
        }
        try check(bench, acknowledged)
    }

    private func check(_ bench: FileBench, _ acknowledged: String) throws {
        let log = try bench.open(tail: 16)
        defer { log.close() }
        let events = bench.events(log)
        #expect(events.map(\.position) == Array(1...max(1, events.count)))
        var places: [String: Int] = [:]
        for (index, event) in events.enumerated() {
            #expect(places.updateValue(index, forKey: event.draft.data) == nil, "\(event.draft.data) is there twice")
        }
        // A line each: what was published, and the id that it was given.
        let lines = try String(contentsOfFile: acknowledged, encoding: .utf8).split(separator: "\n")
        #expect(lines.count > 100, "\(lines.count) were acknowledged")
        var last: [Substring: Int] = [:]
        for line in lines {
            let words = line.split(separator: " ")
            let place = try #require(places[String(words[0])], "\(line) is gone")
            #expect(events[place].id == words[1])
            // One publisher's events are in the order in which it published them.
            let publisher = words[0].prefix(while: { $0 != "." })
            #expect(place > last[publisher] ?? -1, "\(line) is out of order")
            last[publisher] = place
        }
        // The index and the events say the same.
        for topic in 0..<7 {
            let wanted = events.filter { $0.draft.topics.contains(try! TopicName("t/\(topic)")) }
            #expect(bench.events(log, of: "t/\(topic)").map(\.id) == wanted.map(\.id))
        }
    }

    @Test func `an event whose answer was lost with the process is published once all the same`() async throws {
        let bench = FileBench()
        let path = bench.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let log = try SQLiteLog(path: path, retention: .crash, clock: .crash, boot: nil) { "one" }
            log.append([Publication(OneOrMore(draft("a", id: "order-17")))], at: .crash) { _ in kill(getpid(), SIGKILL)
            }
            while true { sleep(60) }
        }
        let log = try bench.open()
        defer { log.close() }
        #expect(bench.append(draft("a", id: "order-17"), to: log) == .repeated(["order-17"]))
        #expect(bench.events(log).map(\.id) == ["order-17"])
    }
}

extension Retention {
    fileprivate static let crash = Retention(events: 1_000_000, age: 1_000_000_000, bytes: 1 << 40)
}

extension Clock {
    fileprivate static let crash = Clock(now: 1, time: 1_795_219_200_000)
}

/// Some publishers, each with one event on the way, until the process is killed.
private final class Publishers: Sendable {
    private let log: SQLiteLog
    private let output: CInt
    private let round: Int

    init(_ path: String, _ acknowledged: String, round: Int) throws {
        self.round = round
        log = try SQLiteLog(path: path, retention: .crash, clock: .crash, boot: nil, tail: 16) { "run\(round)" }
        output = open(acknowledged, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }

    func publishUntilKilled() -> Never {
        for publisher in 0..<8 { publish(publisher, 0) }
        var random = SeededGenerator(seed: UInt64(round))
        usleep(.random(in: 2_000...80_000, using: &random))
        kill(getpid(), SIGKILL)
        while true { sleep(60) }
    }

    private func publish(_ publisher: Int, _ number: Int) {
        let data = "\(round)-\(publisher).\(number)"
        let event = draft(
            "t/\(number % 7)", "t/\(publisher % 7)", data: data, id: number % 3 == 0 ? "own-\(data)" : nil)
        log.append([Publication(OneOrMore(event))], at: .crash) { [self] outcomes in
            guard case .committed(let ids) = outcomes[0] else { exit(1) }
            let line = Array("\(data) \(ids[0])\n".utf8)
            // One write, which the kernel keeps when the process is gone.
            guard write(output, line, line.count) == line.count else { exit(1) }
            publish(publisher, number + 1)
        }
    }
}
