// What is wrong with a text, said so that whoever wrote it can mend it.

/// A text that is not JSON, or not the JSON that its reader asked for.
package struct JSONTextError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for programs.
    package enum Code: Sendable, Hashable {
        /// The text breaks the grammar of RFC 8259, or its UTF-8 is ill-formed.
        case malformed
        /// Arrays and objects nest deeper than the reader allows.
        case tooDeep
        /// An object names a member twice.
        case duplicateMember
        /// The text is sound, but here stands another kind of value than was asked for.
        case unexpectedKind
        /// A number is not whole, or does not fit.
        case outOfRange
        /// The reader's caller refuses what it read (`JSONReader.refusal(_:)`).
        case refused
    }

    /// What went wrong, for programs.
    package let code: Code

    /// What went wrong and where, for people: `expected ',' or '}' at byte 17`.
    package let message: String

    /// Where in the text it went wrong, counted in bytes from 0.
    package let offset: Int

    /// Makes an error whose message ends in the place: ` at byte N` is appended to `problem`.
    package init(_ code: Code, _ problem: String, at offset: Int) {
        self.code = code
        self.message = "\(problem) at byte \(offset)"
        self.offset = offset
    }

    /// The message.
    package var description: String { message }
}
