// Owns the write of a stream's bytes to its socket: the hot path. Must never copy them, but into a record of TLS or a
// frame of HTTP/2. It trusts the board not to write to a stream whose connection is gone: the descriptor may be another's
// by then.

import CLibuv
import HTTP2
import TLS

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Writes streams' bytes to their sockets.
package struct SocketOutput {
    private let connections: Connections

    /// Writes to the connections of a table.
    package init(_ connections: Connections) { self.connections = connections }

    /// The size of what `write` takes a list of.
    package static var vectorSize: Int { MemoryLayout<iovec>.size }

    /// Writes as many bytes as the socket takes; when it does not take all, it is watched for room.
    ///
    /// - Parameters:
    ///   - vectors: `count` of `struct iovec`.
    ///   - total: how many bytes they are.
    ///   - sink: `Connection.sink`.
    /// - Returns: how many bytes it took; -1 when the connection is broken.
    package func write(_ vectors: UnsafeRawPointer, count: Int, total: Int, to sink: UInt64) -> Int {
        if sink & HTTP2Stream.mark != 0 { return writeStream(vectors, count: count, total: total, to: sink) }
        let fd = Int32(truncatingIfNeeded: sink)
        if fd < 0 { return writeRecords(vectors, count: count, total: total, to: sink) }
        // The kernel does not write to them; its declaration only lacks the word.
        var vectors = UnsafeMutablePointer(mutating: vectors.assumingMemoryBound(to: iovec.self))
        if count == 1 { return write(vectors.pointee, to: sink) }
        var left = count
        var sum = 0
        while left > 0 {
            let some = min(left, 1024)
            var message = msghdr()
            message.msg_iov = vectors
            message.msg_iovlen = .init(some)
            let taken = sendmsg(fd, &message, noSignal)
            if taken < 0 {
                if errno == EINTR { continue }
                if !Socket.isTransient(errno) { return -1 }
                break
            }
            sum += taken
            if some == left { break }
            var offered = 0
            for index in 0..<some { offered += vectors[index].iov_len }
            if taken < offered { break }
            vectors += some
            left -= some
        }
        if sum < total { awaitRoom(of: sink) }
        return sum
    }

    /// Writes a single piece, for which the kernel has less to read.
    private func write(_ vector: iovec, to sink: UInt64) -> Int {
        while true {
            let taken = send(Int32(truncatingIfNeeded: sink), vector.iov_base, vector.iov_len, noSignal)
            if taken < 0 {
                if errno == EINTR { continue }
                if !Socket.isTransient(errno) { return -1 }
            }
            let sum = max(0, taken)
            if sum < vector.iov_len { awaitRoom(of: sink) }
            return sum
        }
    }

    private func writeStream(_ vectors: UnsafeRawPointer, count: Int, total: Int, to sink: UInt64) -> Int {
        guard let stream = connections.stream(of: sink), let connection = stream.connection else { return -1 }
        let pieces = UnsafeBufferPointer(start: vectors.assumingMemoryBound(to: iovec.self), count: count)
        return connection.write(pieces, total: total, of: stream)
    }

    /// Writes through the TLS session of a connection: pieces are put together until they fill a record.
    @inline(never)
    private func writeRecords(_ vectors: UnsafeRawPointer, count: Int, total: Int, to sink: UInt64) -> Int {
        guard let session = connections.connection(of: sink)?.session else { return -1 }
        let vectors = UnsafeBufferPointer(start: vectors.assumingMemoryBound(to: iovec.self), count: count)
        let record = connections.record.bytes
        // What the session was not offered yet, and how much of that lies in the record.
        var left = total
        var filled = 0
        for vector in vectors {
            var rest = UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len)
            while !rest.isEmpty {
                let bytes: UnsafeRawBufferPointer
                if filled == 0, rest.count >= min(left, record.count) {
                    // Whole records, or all that is left, lie there in one piece.
                    let whole = rest.count == left ? left : rest.count / record.count * record.count
                    bytes = UnsafeRawBufferPointer(rebasing: rest.prefix(whole))
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(whole))
                } else {
                    let part = min(rest.count, record.count - filled)
                    record[filled..<filled + part].copyBytes(from: rest.prefix(part))
                    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part))
                    filled += part
                    guard filled == record.count || filled == left else { break }
                    bytes = UnsafeRawBufferPointer(rebasing: record[..<filled])
                    filled = 0
                }
                let taken = session.write(bytes)
                if taken < 0 { return -1 }
                left -= taken
                if taken < bytes.count || session.hasUnsent {
                    awaitRoom(of: sink)
                    return total - left
                }
            }
        }
        return total - left
    }

    private func awaitRoom(of sink: UInt64) {
        connections.connection(of: sink)?.awaitsRoom = true
    }

    /// Ends a stream's connection after its last byte.
    package func finish(_ sink: UInt64) {
        if sink & HTTP2Stream.mark != 0 {
            if let stream = connections.stream(of: sink) { stream.connection?.finish(stream) }
            return
        }
        guard let connection = connections.connection(of: sink) else { return }
        connection.linger()
    }

    /// Ends a body after its last byte. Its connection goes on.
    package func finishBody(_ sink: UInt64) {
        if sink & HTTP2Stream.mark != 0 {
            finish(sink)
        } else {
            connections.connection(of: sink)?.finishBody()
        }
    }

    /// Resets a stream's connection.
    package func reset(_ sink: UInt64) {
        if sink & HTTP2Stream.mark != 0 {
            if let stream = connections.stream(of: sink) { stream.connection?.reset(stream) }
            return
        }
        connections.connection(of: sink)?.close(resetting: true, tellingService: false)
    }
}
