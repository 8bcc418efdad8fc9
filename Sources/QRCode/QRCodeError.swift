// Owns why a text is no QR code.

/// What is wrong with a text that was to be a QR code.
package struct QRCodeError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        case empty
        case tooLong
        case outOfMemory
    }

    package let code: Code
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
