// Owns the opening of the log that a configuration names. A log that cannot be had must stop the start, with a line that
// says which and why.

package import Hub
import Network
import SQLiteLog
import TimerWheel

extension Configuration {
    /// Opens the log, and makes it if it is not there.
    package func openLog() throws(ServerError) -> any EventLog {
        let retention = Retention(events: retainEvents, age: retainAge.milliseconds, bytes: retainBytes)
        switch log {
        case .memory: return MemoryLog(epoch: Self.makeEpoch(), retention: retention)
        case .sqlite(let path):
            do throws(SQLiteLogError) {
                return try SQLiteLog(
                    path: path, retention: retention, clock: Clock(now: Process.uptime, time: Process.time),
                    boot: Process.boot, makeEpoch: Self.makeEpoch)
            } catch {
                throw ServerError("the log sqlite:\(path) cannot be opened: \(error.description)")
            }
        }
    }

    /// A name that no other start of a hub has had, but for one chance in a billion.
    private static func makeEpoch() -> String {
        // Those that are not taken for one another.
        let alphabet = Array("abcdefghjkmnpqrstuvwxyz23456789".utf8)
        var generator = SystemRandomNumberGenerator()
        let letters = (0..<6).map { _ in alphabet.randomElement(using: &generator)! }
        return String(decoding: letters, as: UTF8.self)
    }
}
