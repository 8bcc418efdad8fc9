// Owns the present, on both clocks.

package import Hub
import Network

extension Clock {
    /// Now, as a loop's round has it.
    static func present(_ loop: EventLoop) -> Clock { Clock(now: loop.now, time: Process.time) }

    /// Now, on any thread.
    package static var present: Clock { Clock(now: Process.uptime, time: Process.time) }
}
