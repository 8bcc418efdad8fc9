// Owns the patience of work that goes on beside the routes. It must never outlast the work's own task.

import Fanfare

/// Does some work, and does it anew for as long as the log takes nothing or cannot be read.
///
/// An event that it publishes may be in the log all the same, and so needs an id or a key.
@discardableResult
func patiently<Result>(_ work: () async throws -> Result) async throws -> Result {
    while true {
        do {
            return try await work()
        } catch let failure as Hub.Failure where failure.code == .unavailable {
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}
