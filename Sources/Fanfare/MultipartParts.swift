// Owns what a handler sees of a form in parts. No part is held: each is read as it comes.

import Answers
import HTTPMessage
import Multipart
import Workers

/// The parts of a form (`multipart/form-data`, RFC 7578), in the order in which they come.
///
/// It is for one reader and one pass, as the body that it reads. A part that is not read to its end is passed over when the
/// next one is asked for. The sequence throws what reading the body throws, and an error that is answered with 400 if the body
/// is no such form, or ends before its last part does.
public struct MultipartParts: AsyncSequence, Sendable {
    /// A part of the form.
    public typealias Element = MultipartPart

    let reader: MultipartReader

    /// The parts that have not begun yet.
    public func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

    /// Goes through the parts of a form.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        let reader: MultipartReader

        /// The next part; `nil` after the last one.
        public mutating func next() async throws -> MultipartPart? { try await reader.nextPart() }
    }
}

extension Request {
    /// The parts of a form in the body.
    ///
    /// A route with `BodyMode.streamed` takes files of any size so, of which only a little is held at a time.
    ///
    /// - Throws: an error that is answered with 415 if the body's type is another, or with 400 if the type names no boundary.
    public func multipart() throws -> MultipartParts {
        guard let type = head.contentType, type.essence == "multipart/form-data" else {
            throw Problem(
                .unsupportedMediaType, "unsupported-media-type",
                "a form with files is expected here: send it as multipart/form-data")
        }
        do throws(MultipartError) {
            let parser = try MultipartParser(boundary: type.parameter("boundary") ?? "")
            return MultipartParts(reader: MultipartReader(parser, body, threads: asker.worker.core.readers))
        } catch {
            throw Problem(error)
        }
    }
}

extension Problem {
    /// A body is no form in parts.
    init(_ error: MultipartError) {
        let status: Status = error.code == .tooManyParts ? .contentTooLarge : .badRequest
        self.init(status, "bad-multipart", error.description)
    }
}
