// Owns the choice of the log that a test is about. What every log must do is tested of each.

import Foundation
import Hub
import SQLiteLog
import Testing
import TimerWheel

/// A kind of log, made anew for a test.
enum LogKind: Sendable, CustomTestStringConvertible {
    case memory
    /// With so many events in memory at least: with few, most is read from the file.
    case sqlite(tail: Int)

    static let all: [LogKind] = [.memory, .sqlite(tail: 1), .sqlite(tail: 4), .sqlite(tail: 4096)]

    var testDescription: String {
        switch self {
        case .memory: "memory"
        case .sqlite(let tail): "sqlite, \(tail) in memory"
        }
    }

    /// In memory where the system has files there: these tests are not about what a disk does, and sync very often.
    private static let home: URL =
        FileManager.default.isWritableFile(atPath: "/dev/shm")
        ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory

    /// Makes an empty log. Tells what to do once it is not needed any more.
    func make(_ retention: Retention, clock: Clock) -> (log: any EventLog, remove: () -> Void) {
        switch self {
        case .memory: return (MemoryLog(epoch: "e1", retention: retention), {})
        case .sqlite(let tail):
            let directory = Self.home.appending(path: "log-\(UUID().uuidString)")
            try! FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
            let log = try! SQLiteLog(
                path: directory.appending(path: "log.db").path, retention: retention, clock: clock, boot: nil,
                tail: tail
            ) { "e1" }
            return (
                log,
                {
                    log.close()
                    try? FileManager.default.removeItem(at: directory)
                }
            )
        }
    }
}
