// Owns the judgement of what the other side of a session does: what is allowed one by one, and too much in a row. It
// must count nothing that a client with many streams does as a matter of course.

import CNGHTTP2

/// Counts the frames that cost work and ask for none, and the streams that are begun only to be ended.
struct Conduct {
    /// Why the session cannot go on, once it cannot.
    private(set) var failure: HTTP2Error?
    /// The time of what came last, in milliseconds.
    var now = 0
    private var resets: Allowance
    private var controlFrames: Allowance
    /// How many windows the other side has reason to open further.
    private var updates = 0
    private var isReset = false
    /// Whether the frame that came last was counted, and is not if it has content.
    private var isDataCounted = false

    init(_ limits: HTTP2Limits) {
        resets = Allowance(limits.resets)
        controlFrames = Allowance(limits.controlFrames)
    }

    /// The session cannot go on. The first reason counts.
    mutating func fail(_ error: HTTP2Error) { failure = failure ?? error }

    /// A frame begins to come.
    mutating func received(_ frame: nghttp2_frame_hd) {
        isReset = UInt32(frame.type) == NGHTTP2_RST_STREAM.rawValue
        isDataCounted = false
        switch UInt32(frame.type) {
        case NGHTTP2_CONTINUATION.rawValue:
            // nghttp2 counts these.
            return
        case NGHTTP2_DATA.rawValue:
            if frame.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 { return }
            isDataCounted = true
        case NGHTTP2_WINDOW_UPDATE.rawValue where updates > 0:
            updates -= 1
            return
        default:
            break
        }
        if !controlFrames.use(at: now) {
            fail(HTTP2Error(.enhanceYourCalm, "it sends frames that ask for nothing"))
        }
    }

    /// The frame that came last begins a head: it was counted, as one of a stream that is gone is.
    mutating func receivedHead(ofRequest isRequest: Bool) {
        controlFrames.giveBack()
        guard isRequest else { return }
        // A request may come with one of the others, and opens windows of its own.
        controlFrames.giveBack()
        updates += 2
    }

    /// The frame that came last has some of a body.
    mutating func receivedData() {
        if isDataCounted { controlFrames.giveBack() }
        isDataCounted = false
    }

    /// A stream ended by the frame that came last.
    mutating func receivedEnd(ofYoungStream isYoung: Bool) {
        guard isReset else { return }
        // One that ended something is counted by what it ended.
        controlFrames.giveBack()
        if isYoung { countReset() }
    }

    /// Some of a body goes out: its window, and the connection's, may be opened again. Not for each of the crumbs in which
    /// somebody has it come.
    mutating func sentData(_ count: Int, isAll: Bool) {
        if isAll || count >= 256 { updates += 2 }
    }

    /// Frames go out that nghttp2 has made, of which it may have made some by itself.
    mutating func sent(_ frame: UnsafeBufferPointer<UInt8>) {
        func code(at place: Int) -> HTTP2ErrorCode {
            HTTP2ErrorCode(rawValue: frame[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) })
        }
        let payload = Self.frameHead
        guard frame.count >= payload + 4 else { return }
        switch UInt32(frame[3]) {
        case NGHTTP2_RST_STREAM.rawValue where ![.noError, .cancel].contains(code(at: payload)):
            // Streams that somebody else makes us reset are as much work as those that they reset.
            countReset()
        case NGHTTP2_GOAWAY.rawValue where frame.count >= payload + 8 && code(at: payload + 4) != .noError:
            fail(HTTP2Error(code(at: payload + 4), "it broke a rule of HTTP/2"))
        default:
            break
        }
    }

    private mutating func countReset() {
        if !resets.use(at: now) { fail(HTTP2Error(.enhanceYourCalm, "it begins streams only to end them")) }
    }

    /// Bytes of a frame's head (RFC 9113, section 4.1).
    static let frameHead = 9
}
