// Owns the way from text to the modules of a QR code. Must never make a code that says less than the text.

import CQRencode

/// A QR code (ISO/IEC 18004): a square of dark and light modules that a phone's camera reads as text.
///
/// The text is in it as UTF-8, in byte mode. The same text always gives the same code.
public struct QRCode: Sendable, Equatable {
    /// How many modules it has in a row, without the quiet zone around: 21 to 177.
    public let size: Int
    /// Row by row, from the top left.
    private let modules: [Bool]

    /// How much of a code may be damaged or hidden before it can no longer be read.
    public enum Correction: Sendable, CaseIterable {
        /// About 7 %.
        case low
        /// About 15 %.
        case medium
        /// About 25 %.
        case quartile
        /// About 30 %.
        case high

        /// How many bytes of text the largest code holds (ISO/IEC 18004, table 7).
        public var mostBytes: Int {
            switch self {
            case .low: 2953
            case .medium: 2331
            case .quartile: 1663
            case .high: 1273
            }
        }

        fileprivate var level: QRecLevel {
            switch self {
            case .low: QR_ECLEVEL_L
            case .medium: QR_ECLEVEL_M
            case .quartile: QR_ECLEVEL_Q
            case .high: QR_ECLEVEL_H
            }
        }
    }

    /// Makes the smallest code that holds the text.
    ///
    /// - Parameters:
    ///   - text: at least a byte, and at most `correction.mostBytes`, in UTF-8.
    ///   - correction: how much of the code may be unreadable.
    /// - Throws: `QRCodeError` if the text is empty or too long.
    public init(_ text: String, correction: Correction = .medium) throws(QRCodeError) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw QRCodeError(.empty, "there is no text for a QR code") }
        guard bytes.count <= correction.mostBytes else {
            throw QRCodeError(
                .tooLong,
                "a QR code of this kind holds \(correction.mostBytes) bytes of text, not \(bytes.count)")
        }
        // Version 0: the smallest that is large enough.
        guard let code = QRcode_encodeData(CInt(bytes.count), bytes, 0, correction.level) else {
            throw QRCodeError(.outOfMemory, "there is no memory for a QR code")
        }
        defer { QRcode_free(code) }
        let size = Int(code.pointee.width)
        self.size = size
        // Of each byte the lowest bit is the module; the others say what it is there for.
        modules = UnsafeBufferPointer(start: code.pointee.data, count: size * size).map { $0 & 1 == 1 }
    }

    /// Whether a module is dark. Both numbers count from 0, from the top left, and are below `size`.
    public func isDark(row: Int, column: Int) -> Bool {
        precondition((0..<size).contains(row) && (0..<size).contains(column), "no module of the code")
        return modules[row * size + column]
    }
}
