// Owns the digests by which tokens and keys are told apart without being kept.

internal import COpenSSL

/// What SHA-256 makes of some bytes (FIPS 180-4): the same for the same bytes, and for no others that anybody can find.
package struct SHA256Digest: Sendable, Hashable {
    private let words: InlineWords

    /// The digest of some bytes.
    package init(_ bytes: [UInt8]) {
        self = bytes.withUnsafeBufferPointer { Self($0) }
    }

    /// The same of bytes that are not to be copied.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        var words = InlineWords()
        withUnsafeMutableBytes(of: &words) { room in
            _ = SHA256(bytes.baseAddress, bytes.count, room.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        self.words = words
    }

    /// Its 32 bytes.
    var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// 32 bytes.
    private struct InlineWords: Sendable, Hashable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
    }
}
