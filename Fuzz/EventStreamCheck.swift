// What must hold of event streams for any bytes. The fuzzer and the tests share it, so it returns the fault that it
// found instead of stopping. Compares bytes, since equal strings may differ in theirs.

#if !FUZZING
    import EventStream
#endif

/// Parses the bytes as a stream, and makes an event of them that has to survive encoding; returns what is wrong.
func eventStreamFault(in input: [UInt8]) -> String? {
    for limit in [16 << 20, 40, 7] {
        let whole = Reading(of: [input[...]], limit: limit)
        for size in [1, 2, 3, 7] where Reading(of: cut(input) { _ in size }, limit: limit) != whole {
            return "pieces of \(size) bytes read differently at limit \(limit)"
        }
        // Pieces as long as the input's own bytes say.
        if Reading(of: cut(input) { Int(input[$0] % 16) + 1 }, limit: limit) != whole {
            return "uneven pieces read differently at limit \(limit)"
        }
    }
    return faultInRoundTrip(of: event(madeFrom: input), pieces: Int(input.first ?? 0) % 9 + 1)
}

/// Encodes the event and parses it in pieces; returns what has changed on the way.
func faultInRoundTrip(of event: Event, pieces size: Int) -> String? {
    let mayEncode = ![event.id, event.type].contains { text in
        text?.utf8.contains { $0 == 0x00 || $0 == 0x0A || $0 == 0x0D } ?? false
    }
    var bytes: [UInt8] = []
    do throws(EventStreamError) {
        try EventEncoder.append(event, to: &bytes)
    } catch {
        return mayEncode || !bytes.isEmpty ? "a sound event was refused: \(error)" : nil
    }
    if !mayEncode { return "an event that breaks its frame was encoded" }
    if !bytes.reversed().starts(with: bytes == [0x0A] ? [0x0A] : [0x0A, 0x0A]) { return "no empty line at the end" }

    // A sentinel follows: the block must be over, and must not leak into the next.
    bytes += Array("data: next\n\n".utf8)
    let before = "before"
    let reading = Reading(of: cut(bytes) { _ in size }, lastEventID: before)
    var expected: [EventParser.Output] = []
    if let comment = event.comment { expected += lines(of: comment).map { .comment($0) } }
    if let retry = event.retry { expected.append(.retry(retry)) }
    let id = event.id ?? before
    if let data = event.data {
        let type = event.type.flatMap { $0.isEmpty ? nil : $0 } ?? "message"
        let text = lines(of: data).joined(separator: "\n")
        expected.append(.event(ReceivedEvent(type: type, data: text, lastEventID: id)))
    }
    expected.append(.event(ReceivedEvent(data: "next", lastEventID: id)))
    let transcript = expected.map(transcribed)
    return reading.transcript == transcript ? nil : "\(event) came back as \(reading.outputs)"
}

/// All that a stream brought about, and the parser that it left behind.
struct Reading: Equatable {
    let outputs: [EventParser.Output]
    let refused: Bool
    let parser: EventParser

    init(of pieces: [ArraySlice<UInt8>], lastEventID: String = "", limit: Int = 16 << 20) {
        var parser = EventParser(lastEventID: lastEventID, limit: limit)
        var outputs: [EventParser.Output] = []
        var refused = false
        for piece in pieces {
            do throws(EventStreamError) {
                try parser.consume(piece.span) { outputs.append($0) }
            } catch {
                refused = true
            }
        }
        self.outputs = outputs
        self.refused = refused
        self.parser = parser
    }

    var transcript: [[UInt8]] { outputs.map(transcribed) }

    static func == (one: Reading, other: Reading) -> Bool {
        one.refused == other.refused && one.parser == other.parser && one.transcript == other.transcript
            && one.parser.lastEventID.utf8.elementsEqual(other.parser.lastEventID.utf8)
    }
}

/// The bytes of an output, so that two are the same only if all their bytes are.
private func transcribed(_ output: EventParser.Output) -> [UInt8] {
    switch output {
    case .event(let event): [1] + event.type.utf8 + [0xFF] + event.data.utf8 + [0xFF] + event.lastEventID.utf8
    case .retry(let duration): [2] + "\(duration)".utf8
    case .comment(let text): [3] + text.utf8
    }
}

/// Cuts bytes into pieces; `size` tells how long the piece that begins at an index is.
func cut(_ bytes: [UInt8], _ size: (Int) -> Int) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        let piece = rest.prefix(size(rest.startIndex))
        pieces.append(piece)
        rest = rest.dropFirst(piece.count)
    }
    return pieces
}

/// The lines of a text, told apart the slow and plain way.
private func lines(of text: String) -> [String] {
    var lines = [String.UnicodeScalarView()]
    var afterCR = false
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n" where afterCR: break
        case "\n", "\r": lines.append(.init())
        default: lines[lines.count - 1].append(scalar)
        }
        afterCR = scalar == "\r"
    }
    return lines.map { String($0) }
}

/// The first byte tells which parts there are, the next one how the rest is shared out among them.
private func event(madeFrom input: [UInt8]) -> Event {
    guard input.count >= 2 else { return Event() }
    let parts = input[0]
    var rest = input.dropFirst(2)
    func text(_ bit: UInt8, of share: Int) -> String? {
        guard parts & bit != 0 else { return nil }
        let bytes = rest.prefix(share)
        rest = rest.dropFirst(share)
        return String(decoding: bytes, as: UTF8.self)
    }
    let share = Int(input[1] % 32)
    let id = text(1, of: share)
    let type = text(2, of: share)
    let comment = text(4, of: share)
    let retry: Duration? = parts & 8 != 0 ? .milliseconds(Int(input[1]) << Int(parts >> 5)) : nil
    let data = text(16, of: rest.count)
    return Event(data: data, type: type, id: id, retry: retry, comment: comment)
}
