// Owns the way of a stream's bytes into frames. Looks at them only while the call lasts that lent them.

#if canImport(Glibc)
    package import Glibc
#else
    package import Darwin
#endif

/// Bytes in memory that somebody else keeps alive while they are being written: a list of `struct iovec`.
package typealias BodyPieces = UnsafeBufferPointer<iovec>

/// What one stream is given to send, and how much of it is sent.
struct BodySource {
    /// Whose it is; 0 is nobody's.
    let stream: Int32
    private let pieces: BodyPieces
    private let total: Int
    private(set) var taken = 0
    private var index = 0
    private var offset = 0

    /// Nothing, for no stream.
    init() {
        pieces = BodyPieces(start: nil, count: 0)
        total = 0
        stream = 0
    }

    init(_ pieces: BodyPieces, total: Int, stream: Int32) {
        self.pieces = pieces
        self.total = total
        self.stream = stream
    }

    var left: Int { total - taken }

    /// Copies so many bytes, which must be there, to the end of an array.
    mutating func copy(_ count: Int, to output: inout [UInt8]) {
        var wanted = count
        while wanted > 0 {
            let piece = pieces[index]
            let some = min(wanted, piece.iov_len - offset)
            output.append(
                contentsOf: UnsafeRawBufferPointer(start: piece.iov_base + offset, count: some))
            wanted -= some
            offset += some
            if offset == piece.iov_len {
                index += 1
                offset = 0
            }
        }
        taken += count
    }
}
