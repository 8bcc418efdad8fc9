// Owns a directory with the file of a log, which a test opens, closes, damages and opens again.

import Foundation
import Hub
import HubSamples
import TimerWheel

@testable import SQLiteLog

/// A file for a log, and the clocks.
final class FileBench {
    let directory: URL
    var now: Milliseconds = 10_000_000
    var time: Milliseconds = 1_795_219_200_000
    var boot: String? = "boot-1"
    /// How often the log was opened: its epochs are `e1`, `e2` and so on.
    private(set) var starts = 0

    init() {
        directory = FileManager.default.temporaryDirectory.appending(path: "sqlite-\(UUID().uuidString)")
        try! FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    var path: String { directory.appending(path: "log.db").path }
    var clock: Clock { Clock(now: now, time: time) }
    /// The size of the file, or of one beside it.
    func size(_ suffix: String = "") -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path + suffix)[.size] as? Int) ?? 0
    }
    /// The names of all files there are.
    var files: [String] { try! FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() }

    func open(
        events: Int = 1_000_000, age: Milliseconds = 1_000_000_000, bytes: Int = 1 << 40, tail: Int = 4,
        schema: Schema = .present, system: String? = nil
    ) throws(SQLiteLogError) -> SQLiteLog {
        try SQLiteLog(
            path: path, retention: Retention(events: events, age: age, bytes: bytes), clock: clock, boot: boot,
            tail: tail, schema: schema, system: system
        ) {
            starts += 1
            return "e\(starts)"
        }
    }

    /// Why the log cannot be opened.
    func refusal(schema: Schema = .present) -> SQLiteLogError? {
        do throws(SQLiteLogError) {
            try open(schema: schema).close()
            return nil
        } catch {
            return error
        }
    }

    @discardableResult
    func append(_ drafts: Draft..., to log: SQLiteLog, user: String? = nil) -> PublishOutcome {
        append([Publication(drafts, user: user)], to: log)[0]
    }

    func append(_ publications: [Publication], to log: SQLiteLog) -> [PublishOutcome] {
        log.appended(publications, at: clock)
    }

    func expire(_ log: SQLiteLog) {
        log.expire(at: clock)
        settle(log)
    }

    /// Waits until all that was asked of the log is done.
    func settle(_ log: SQLiteLog) {
        let isDone = Answer<Bool>()
        log.whenDone { isDone.bring(true) }
        _ = isDone.wait()
    }

    func resume(after id: String, _ log: SQLiteLog) -> Location {
        locate(.after(id), log)
    }

    func locate(_ start: Start, _ log: SQLiteLog, _ topic: String = "**") -> Location {
        log.located(
            LocateRequest(
                patterns: [pattern(topic)], start: start, through: log.kept.upperBound - 1, clock: clock))
    }

    /// All events of a pattern.
    func events(_ log: SQLiteLog, of topic: String = "**", after start: Position = 0) -> [LoggedEvent] {
        var cursor = start
        var events: [LoggedEvent] = []
        let last = log.kept.upperBound - 1
        while cursor < last {
            let part = log.page(
                ReadRequest(patterns: [pattern(topic)], after: cursor, through: last, events: 1000, bytes: 1 << 20))
            events += part.events
            if part.cursor <= cursor { break }
            cursor = part.cursor
        }
        return events
    }
}

extension PublishOutcome {
    /// Why a publication was not taken.
    var refusal: HubError? { if case .refused(let error) = self { error } else { nil } }
}
