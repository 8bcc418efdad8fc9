// Owns events' bytes as they go out, and how they are framed. Must never change a byte once it is made: sockets read
// from here.

import EventStream
import HTTPMessage

/// The bytes of some events as streams send them, one after the other in one piece of memory.
///
/// Each frame is a chunk of HTTP/1.1 (RFC 9112, section 7.1) around a block of the event stream; a stream without
/// chunks sends the block inside it. The bytes never change; whoever writes them holds on to the buffer.
@safe
package final class FrameBuffer: Sendable {
    // SAFETY: written in init only, freed in deinit only, read in between.
    private nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    private let frames: [Frame]

    /// Where a frame lies, the block inside it, and whose event's it is.
    private struct Frame {
        let range: Range<Int>
        let block: Range<Int>
        let position: Position

        func start(_ framing: Framing) -> Int { framing == .chunked ? range.lowerBound : block.lowerBound }
    }

    /// Frames events as they are: sizes first, so that each byte is written once, where it stays.
    init(_ events: [LoggedEvent]) {
        var measures: [BlockMeasure] = []
        measures.reserveCapacity(events.count)
        var size = 0
        for event in events {
            let draft = event.draft
            let measure = BlockMeasure(
                id: event.id, type: draft.type, data: draft.firingData, retryMilliseconds: draft.retry)
            size += measure.size + ChunkEncoding.overhead(of: measure.size)
            measures.append(measure)
        }
        var frames: [Frame] = []
        frames.reserveCapacity(events.count)
        unsafe bytes = Self.memory(of: size) { output in
            for index in events.indices {
                let draft = events[index].draft
                let start = output.count
                ChunkEncoding.appendSize(measures[index].size, to: &output)
                let blockStart = output.count
                EventEncoder.writeBlock(
                    id: events[index].id, type: draft.type, data: draft.firingData, retryMilliseconds: draft.retry,
                    measures[index], to: &output)
                let end = output.count
                ChunkEncoding.appendDataEnd(to: &output)
                frames.append(
                    Frame(
                        range: start..<output.count, block: blockStart..<end, position: events[index].position))
            }
        }
        self.frames = frames
    }

    /// Frames the block of the event at a position.
    convenience init(block: [UInt8], position: Position) {
        var framed: [UInt8] = []
        let place = Chunk.append(block, to: &framed)
        let frame = Frame(range: 0..<framed.count, block: place, position: position)
        self.init(copying: framed.span, frames: [frame])
    }

    /// Copies a part of a buffer: some whole frames, or the block of one.
    @unsafe convenience init(copying part: UnsafeRawBufferPointer, of buffer: FrameBuffer, framing: Framing) {
        let offset = unsafe buffer.offset(of: part.baseAddress!)
        let end = offset + part.count
        var frames: [Frame] = []
        var index = buffer.firstFrame(from: offset, framing)
        while index < buffer.frames.count, case let frame = buffer.frames[index], frame.start(framing) < end {
            func moved(_ range: Range<Int>) -> Range<Int> {
                max(0, range.lowerBound - offset)..<min(part.count, range.upperBound - offset)
            }
            frames.append(Frame(range: moved(frame.range), block: moved(frame.block), position: frame.position))
            index += 1
        }
        unsafe self.init(copying: Span(_unsafeBytes: part), frames: frames)
    }

    private init(copying framed: Span<UInt8>, frames: [Frame]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: framed.count, alignment: 1)
        // SAFETY: the memory is new and as large as what is copied, which is read inside the closure only.
        unsafe framed.withUnsafeBytes { unsafe memory.copyBytes(from: $0) }
        unsafe bytes = UnsafeRawBufferPointer(memory)
        self.frames = frames
    }

    private static func memory(
        of size: Int, _ write: (inout OutputSpan<UInt8>) -> Void
    ) -> UnsafeRawBufferPointer {
        let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: size)
        // SAFETY: the memory is new, and has room for as much as the span says.
        var output = unsafe OutputSpan(buffer: memory, initializedCount: 0)
        write(&output)
        let count = unsafe output.finalize(for: memory)
        precondition(count == size, "a block is as large as it said")
        return UnsafeRawBufferPointer(memory)
    }

    deinit { unsafe bytes.deallocate() }

    /// Bytes in all.
    package var count: Int { unsafe bytes.count }

    /// Where the memory begins, valid as long as this buffer is.
    @unsafe var start: UnsafeRawPointer { unsafe bytes.baseAddress! }

    /// The first frame that begins in a part of the memory, from some place in it on: the distance of its beginning from
    /// that of the part, and the position of its event. `nil` if there is none.
    @unsafe func frame(
        in part: UnsafeRawBufferPointer, from place: Int, _ framing: Framing
    ) -> (distance: Int, position: Position)? {
        let offset = unsafe offset(of: part.baseAddress!)
        let index = firstFrame(from: offset + place, framing)
        guard index < frames.count, frames[index].start(framing) < offset + part.count else { return nil }
        return (frames[index].start(framing) - offset, frames[index].position)
    }

    @unsafe private func offset(of address: UnsafeRawPointer) -> Int { unsafe address - bytes.baseAddress! }

    /// The index of the first frame that begins at an offset or after it.
    private func firstFrame(from offset: Int, _ framing: Framing) -> Int {
        var low = 0
        var high = frames.count
        while low < high {
            let middle = (low + high) / 2
            if frames[middle].start(framing) < offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The memory of one frame, valid as long as this buffer is.
    @unsafe func frame(_ index: Int, framing: Framing) -> UnsafeRawBufferPointer {
        let range =
            switch framing {
            case .chunked: frames[index].range
            case .plain: frames[index].block
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

    /// Appends `body` in the framing of a stream; nothing if there is none.
    static func append(_ body: [UInt8], _ framing: Framing, to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + body.count + ChunkEncoding.overhead(of: body.count))
        switch framing {
        case .chunked: ChunkEncoding.append(body, to: &bytes)
        case .plain: bytes += body
        }
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
