// Owns why a text is no QR code.

/// What is wrong with a text that was to be a QR code.
public struct QRCodeError: Error, Sendable, CustomStringConvertible {
    /// Kinds of errors.
    public enum Code: Sendable {
        /// There is no text.
        case empty
        /// The text is longer than any code.
        case tooLong
        /// There is no memory for it.
        case outOfMemory
    }

    /// What kind of error it is.
    public let code: Code
    /// What was wrong, and what to change.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
