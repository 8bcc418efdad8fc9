/// All streams of a worker with one and the same subscription, and the bytes that come to them.
///
/// The bytes form one endless line. A member that has read all of it needs no cursor; one that lags has its own.
/// Bytes are kept until the last laggard has them, as references to frames that all channels share.
struct Channel {
    var subscription: Subscription
    /// Whether events are shown as they were published.
    let isPlain: Bool
    private let framing: Framing
    /// Streams in all, those that do not follow yet included.
    var streams = 0
    /// The slots of those that follow.
    var members: [Int32] = []
    /// How many of them are detached.
    var detached = 0
    var isDirty = false
    /// Whether all its topics have ended: who has all that came has nothing more to wait for.
    var hasEnded = false
    /// The position of the last event that came.
    var lastPosition: Position = 0
    /// The offset up to which members that are not detached have been sent everything.
    var flushed = 0
    /// The offset of the end.
    private(set) var end = 0
    private(set) var pieces: [ChannelPiece] = []
    /// The largest frame that came since nothing was held.
    private(set) var largest = 0
    /// How many of the first pieces are known to hold on to little more than their own bytes.
    private var lean = 0

    init(_ subscription: Subscription) {
        self.subscription = subscription
        isPlain = subscription.presentation == .plain
        framing = subscription.framing
    }

    /// What stands in the place of a channel that is gone.
    static var vacant: Channel { Channel(Subscription.nothing) }

    /// Adds a frame of `buffer` to the line.
    mutating func append(_ index: Int, of buffer: FrameBuffer) {
        unsafe append(buffer.frame(index, framing: framing), of: buffer)
    }

    @unsafe private mutating func append(_ frame: UnsafeRawBufferPointer, of buffer: FrameBuffer) {
        let count = frame.count
        let start = frame.baseAddress!
        end += count
        largest = max(largest, count)
        // Frames that lie side by side go out as one.
        if let last = pieces.indices.last, pieces[last].owner === buffer,
            unsafe pieces[last].start + (pieces[last].end - pieces[last].begin) == start
        {
            pieces[last].end = end
        } else {
            unsafe pieces.append(ChannelPiece(start: start, begin: end - count, end: end, owner: buffer))
        }
    }

    /// Lets go of the bytes before `offset`.
    mutating func trim(before offset: Int) {
        if offset >= end {
            // What a burst took is given back; the little that a steady flow needs is kept.
            pieces.removeAll(keepingCapacity: pieces.capacity <= 16)
            largest = 0
            lean = 0
        } else {
            let gone = pieces.firstPiece(after: offset)
            pieces.removeFirst(gone)
            lean = max(0, lean - gone)
        }
    }

    /// Where the line can be cut for somebody who was sent all before `offset`, so that no frame is broken; and the position
    /// of the first event after the cut, `nil` if none has come.
    func cut(at offset: Int) -> (offset: Int, next: Position?) {
        var cut = offset
        for index in pieces.firstPiece(after: offset)..<pieces.count {
            let piece = pieces[index]
            if let next = unsafe piece.owner.frame(in: piece.bytes, from: max(0, offset - piece.begin), framing) {
                return (piece.begin + next.distance, next.position)
            }
            cut = piece.end
        }
        return (cut, nil)
    }

    /// Copies the pieces that keep much more alive than their own bytes: a batch has the events of all topics, and who
    /// lags on one of them must not hold on to all. To be called while somebody lags.
    mutating func separate() {
        for index in lean..<pieces.count where pieces[index].owner.count > 8 * pieces[index].count + 4096 {
            let piece = pieces[index]
            let copy = unsafe FrameBuffer(copying: piece.bytes, of: piece.owner, framing: framing)
            pieces[index] = unsafe ChannelPiece(
                start: copy.start, begin: piece.begin, end: piece.end, owner: copy)
        }
        lean = pieces.count
    }
}

/// Frames side by side in one buffer, as a part of a channel's line.
@safe
struct ChannelPiece {
    // SAFETY: valid as long as `owner` is.
    let start: UnsafeRawPointer
    /// Its offsets in the line.
    let begin: Int
    var end: Int
    let owner: FrameBuffer

    var count: Int { end - begin }
    @unsafe var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: start, count: count) }
}

extension [ChannelPiece] {
    /// Appends to `list` the bytes from `offset` up to `limit`.
    @unsafe func collect(from offset: Int, to limit: Int, into list: inout [Piece]) {
        guard offset < limit else { return }
        var index = firstPiece(after: offset)
        while index < count, self[index].begin < limit {
            let from = Swift.max(self[index].begin, offset)
            let to = Swift.min(self[index].end, limit)
            unsafe list.append(Piece(start: self[index].start + (from - self[index].begin), count: to - from))
            index += 1
        }
    }

    /// The index of the piece that holds the byte at `offset`.
    func firstPiece(after offset: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].end > offset { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
