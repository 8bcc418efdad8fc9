// Owns the way of a program's bytes into the body of a response.

public import Answers
import Workers

/// Writes the body of one response.
public struct BodyWriter: Sendable {
    let pipe: OutflowPipe

    /// Writes bytes. While more than 64 KiB wait for the client it waits too, so that a body of any length takes little
    /// memory; what is written at once should not be much more than that.
    ///
    /// - Throws: when the response is over, as when the client went away; when it is more than the length that was told;
    ///   when the task is cancelled.
    public func write(_ bytes: [UInt8]) async throws(StreamWriteError) { try await pipe.write(bytes) }

    /// Writes text, as UTF-8.
    public func write(_ text: String) async throws(StreamWriteError) { try await pipe.write(Array(text.utf8)) }
}
