// What must hold of forms in parts for any bytes. The fuzzer and the tests share it, so it returns the fault that it found
// instead of stopping.

#if !FUZZING
    @testable import Multipart
#endif

/// The boundary of every input.
let fuzzedBoundary = "b"

/// Reads the bytes as a form, in one piece and in many, and by a second reading that is slow and plain; returns what is wrong.
func multipartFault(in input: [UInt8]) -> String? {
    var limits = MultipartLimits()
    limits.headBytes = 200
    limits.fields = 3
    limits.parts = 5
    let whole = FormReading(of: [input[...]], limits)
    for size in [1, 2, 3, 7] where FormReading(of: pieces(of: input) { _ in size }, limits) != whole {
        return "pieces of \(size) bytes read differently"
    }
    if FormReading(of: pieces(of: input, { Int(input[$0] % 16) + 1 }), limits) != whole {
        return "uneven pieces read differently"
    }
    return SlowFormReading(of: input, limits).fault(of: whole)
}

/// All that a form brought about.
struct FormReading: Equatable {
    struct Part: Equatable {
        let head: PartHead
        var body: [UInt8] = []
        var isOver = false
    }

    private(set) var parts: [Part] = []
    private(set) var isOver = false
    private(set) var error: MultipartError?

    init(of pieces: [ArraySlice<UInt8>], boundary: String = fuzzedBoundary, _ limits: MultipartLimits) {
        do throws(MultipartError) {
            var parser = try MultipartParser(boundary: boundary, limits: limits)
            for piece in pieces { try read(piece, &parser) }
            try parser.finish()
        } catch {
            self.error = error
        }
    }

    private mutating func read(_ piece: ArraySlice<UInt8>, _ parser: inout MultipartParser) throws(MultipartError) {
        var offset = 0
        while true {
            switch try parser.next(piece.span, from: &offset) {
            case .needsMore: return
            case .part: parts.append(Part(head: parser.part))
            case .body(let range):
                parts[parts.count - 1].body += piece[(piece.startIndex + range.lowerBound)...].prefix(range.count)
            case .heldBack(let range): parts[parts.count - 1].body += parser.delimiter[range]
            case .endOfPart: parts[parts.count - 1].isOver = true
            case .end: isOver = true
            }
        }
    }
}

/// A form as the standard has it, read by looking for one thing after the other in all of it.
struct SlowFormReading {
    private var parts: [FormReading.Part] = []
    private var isSound = false

    init(of input: [UInt8], boundary: String = fuzzedBoundary, _ limits: MultipartLimits) {
        let delimiter = Array("\r\n--\(boundary)".utf8)
        let text = [0x0D, 0x0A] + input
        guard var index = Self.find(delimiter, in: text, from: 0).map({ $0 + delimiter.count }) else { return }
        while true {
            if text[index...].starts(with: "--".utf8) {
                isSound = true
                return
            }
            while index < text.count, text[index] == 0x20 || text[index] == 0x09 { index += 1 }
            guard text[index...].starts(with: "\r\n".utf8), parts.count < limits.parts else { return }
            index += 2
            let isEmpty = text[index...].starts(with: "\r\n".utf8)
            guard
                let end = isEmpty
                    ? index + 2 : Self.find(Array("\r\n\r\n".utf8), in: text, from: index).map({ $0 + 4 }),
                end - index <= limits.headBytes,
                let head = try? PartHead(Array(text[index..<end]), atMost: limits.fields),
                let next = Self.find(delimiter, in: text, from: end - 2)
            else { return }
            parts.append(FormReading.Part(head: head, body: Array(text[end..<max(end, next)]), isOver: true))
            index = next + delimiter.count
        }
    }

    private static func find(_ wanted: [UInt8], in text: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + wanted.count <= text.count {
            if text[index..<index + wanted.count].elementsEqual(wanted) { return index }
            index += 1
        }
        return nil
    }

    /// What is wrong with a reading. Of a form that is refused only the parts count that were over before it was.
    func fault(of reading: FormReading) -> String? {
        if isSound != (reading.error == nil) { return "one reading takes the form, and the other does not" }
        if isSound != reading.isOver { return "a form that is sound is not over, or one is that is not" }
        if isSound, reading.parts != parts { return "the parts are others" }
        let over = reading.parts.filter(\.isOver)
        return Array(parts.prefix(over.count)) == over ? nil : "parts that are over are others"
    }
}

/// Cuts bytes into pieces; `size` tells how long the piece that begins at an index is.
func pieces(of bytes: [UInt8], _ size: (Int) -> Int) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        let piece = rest.prefix(size(rest.startIndex))
        pieces.append(piece)
        rest = rest.dropFirst(piece.count)
    }
    return pieces
}
