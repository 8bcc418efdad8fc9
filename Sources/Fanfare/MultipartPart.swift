// Owns one part of a form. It reads as far as it is asked to, and never on into the next part.

import Answers
import HTTPMessage
import Multipart

/// A part of a form: a field, or a file. It is a sequence of pieces of its bytes, for one reader and one pass.
public struct MultipartPart: AsyncSequence, Sendable {
    /// A piece of the part's bytes.
    public typealias Element = [UInt8]

    /// The name of the form's field.
    public let name: String
    /// The name that the client has for the file; `nil` if it is none. It is any text at all, as `../../etc/passwd`: good to
    /// show, and never to be made a path of.
    public let fileName: String?
    /// The media type as the client has it, which may be wrong.
    public let contentType: String?
    /// All fields of the part's head, in order.
    public let fields: HTTPFields

    private let number: Int
    let reader: MultipartReader

    init(_ head: PartHead, number: Int, of reader: MultipartReader) {
        name = head.name
        fileName = head.fileName
        contentType = head.contentType
        fields = HTTPFields(head.fields.map { ($0.name, $0.value) })
        self.number = number
        self.reader = reader
    }

    /// The pieces that were not taken yet.
    public func makeAsyncIterator() -> Iterator { Iterator(number: number, reader: reader) }

    /// The rest of the part, in one piece.
    ///
    /// - Parameter limit: how many bytes it may have.
    /// - Throws: an error that is answered with 413 if there are more, and what reading the form throws.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in self {
            guard piece.count <= limit - bytes.count else { throw Problem.partTooLarge(name, limit) }
            bytes += piece
        }
        return bytes
    }

    /// The rest of the part, as text.
    ///
    /// - Parameter limit: how many bytes it may have.
    /// - Throws: an error that is answered with 413 if there are more, or with 400 if they are not UTF-8; and what reading the
    ///   form throws.
    public func text(upTo limit: Int = 64 << 10) async throws -> String {
        guard let text = String(validating: try await collect(upTo: limit), as: UTF8.self) else {
            throw Problem(.badRequest, "bad-multipart", "the part \(name) is not UTF-8")
        }
        return text
    }

    /// The next bytes, which stay to be read: of a file they tell what it is, which its name and type do not.
    ///
    /// - Parameter count: how many; there are fewer if the part has no more.
    /// - Throws: what reading the form throws.
    public func beginning(_ count: Int) async throws -> [UInt8] { try await reader.beginning(count, of: number) }

    /// Goes through the pieces of a part.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        let number: Int
        let reader: MultipartReader

        /// The next piece; `nil` after the last one.
        public mutating func next() async throws -> [UInt8]? { try await reader.nextPiece(of: number) }
    }
}

extension Problem {
    /// A part of a form has more bytes than are taken.
    static func partTooLarge(_ name: String, _ limit: Int) -> Problem {
        Problem(.contentTooLarge, "part-too-large", "the part \(name) has more than \(limit) bytes: send less")
    }
}
