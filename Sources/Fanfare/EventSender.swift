// Owns the way of a program's events into its stream. A block must get there whole or not at all.

public import Answers
public import EventStream
import Workers

/// Sends the events of one stream. Several tasks may use it: each event goes out whole.
public struct EventSender: Sendable {
    let pipe: OutflowPipe

    /// Sends an event. While more than 64 KiB wait for the client it waits too.
    ///
    /// - Parameter event: it fires if it has data; a comment or an id alone may be sent too.
    /// - Throws: when the stream is over, as when the client went away; when the event has a part that cannot be written;
    ///   when the task is cancelled.
    public func send(_ event: Event) async throws(StreamWriteError) {
        var block: [UInt8] = []
        do throws(EventStreamError) {
            try EventEncoder.append(event, to: &block)
        } catch {
            throw StreamWriteError(.badEvent, error.message)
        }
        try await pipe.write(block)
    }
}
