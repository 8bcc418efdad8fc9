// Owns the one error of this room. Must never carry what a client sent: its text goes into answers and logs.

/// Why a form was refused.
package struct MultipartError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, for programs.
    package enum Code: Sendable {
        /// It is not what the standards say.
        case malformed
        /// It ended before its last boundary.
        case incomplete
        /// A part's head is larger than allowed.
        case headTooLarge
        /// It has more parts than allowed.
        case tooManyParts
    }

    /// What went wrong, for programs.
    package let code: Code
    /// What was wrong and what to do, in one English sentence.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
