// Owns memory to read into. Nobody may hold on to what lies there beyond the call that hands it on.

/// Memory that bytes are read into, one for all connections of a loop: what is read is used before the next read.
package final class ReadBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    /// Makes a buffer of so many bytes; a read takes at most that.
    package init(byteCount: Int) { bytes = .allocate(byteCount: byteCount, alignment: 16) }

    deinit { bytes.deallocate() }
}
