// Owns events' bytes as they go out, and how they are framed. Must never change a byte once it is made: sockets read
// from here.

import EventStream
import HTTPMessage
import Synchronization

/// The bytes of some events as streams send them, one after the other in one piece of memory.
///
/// Each frame is a chunk of HTTP/1.1 (RFC 9112, section 7.1) around a block of the event stream; a stream without
/// chunks sends the block inside it. The bytes never change; whoever writes them holds on to the buffer.
@safe
package final class FrameBuffer: Sendable {
    // SAFETY: written in init only, freed in deinit only, read in between.
    private nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    private let ends: [Int]
    private let blocks: [Range<Int>]

    /// Frames events as they are.
    convenience init(_ events: [LoggedEvent]) {
        self.init(count: events.count) { index, bytes in
            let event = events[index]
            EventEncoder.appendBlock(
                id: event.id, type: event.draft.type, data: event.draft.data, retryMilliseconds: event.draft.retry,
                to: &bytes)
        }
    }

    /// Frames `count` blocks, each as `block` appends it.
    init(count: Int, block: (Int, inout [UInt8]) -> Void) {
        var framed: [UInt8] = []
        var scratch: [UInt8] = []
        var ends: [Int] = []
        var blocks: [Range<Int>] = []
        ends.reserveCapacity(count)
        blocks.reserveCapacity(count)
        for index in 0..<count {
            scratch.removeAll(keepingCapacity: true)
            block(index, &scratch)
            blocks.append(Chunk.append(scratch, to: &framed))
            ends.append(framed.count)
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: framed.count, alignment: 1)
        unsafe memory.copyBytes(from: framed)
        unsafe bytes = UnsafeRawBufferPointer(memory)
        self.ends = ends
        self.blocks = blocks
    }

    /// Copies bytes that are framed already, as one frame.
    @unsafe init(copying framed: UnsafeRawBufferPointer) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: framed.count, alignment: 1)
        unsafe memory.copyBytes(from: framed)
        unsafe bytes = UnsafeRawBufferPointer(memory)
        ends = [framed.count]
        blocks = [0..<framed.count]
    }

    deinit { unsafe bytes.deallocate() }

    /// Bytes in all.
    package var count: Int { ends.last ?? 0 }

    /// The memory of one frame, valid as long as this buffer is.
    @unsafe func frame(_ index: Int, framing: Framing) -> UnsafeRawBufferPointer {
        let range =
            switch framing {
            case .chunked: (index == 0 ? 0 : ends[index - 1])..<ends[index]
            case .plain: blocks[index]
            }
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
    }
}

/// How blocks stand in a response's body.
package enum Framing: UInt8, Sendable, Hashable {
    /// Each in a chunk: HTTP/1.1.
    case chunked
    /// One after the other: HTTP/1.0, where the end of the connection is the end of the stream.
    case plain
}

/// Blocks in the framing of a stream.
enum Chunk {
    /// Appends `body` as a chunk and tells where the body then stands.
    @discardableResult
    static func append(_ body: [UInt8], to bytes: inout [UInt8]) -> Range<Int> {
        ChunkEncoding.append(body, to: &bytes)
        let end = bytes.count - ChunkEncoding.dataEnd.count
        return end - body.count..<end
    }

    /// `body` in the framing of a stream.
    static func framed(_ body: [UInt8], _ framing: Framing) -> [UInt8] {
        guard framing == .chunked, !body.isEmpty else { return body }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count + ChunkEncoding.overhead(of: body.count))
        append(body, to: &bytes)
        return bytes
    }

    /// What ends a response's body.
    static func last(_ framing: Framing) -> [UInt8] { framing == .chunked ? ChunkEncoding.last : [] }
}

/// Frames that are made when they are first asked for. Two that ask at once may both make them; one wins.
final class LazyFrames: Sendable {
    private let reference = AtomicLazyReference<FrameBuffer>()

    func value(or make: () -> FrameBuffer) -> FrameBuffer {
        reference.load() ?? reference.storeIfNil(make())
    }
}
