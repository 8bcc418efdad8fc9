// Owns the rule that how bytes are cut into reads changes nothing.

import HTTPMessage
import Testing

/// What requests mean, after checking that they mean the same in reads of 1, 2, 3 and 7 octets, of a size that runs over the
/// parser's own, and whole.
func read(
    _ text: String, limits: MessageLimits = MessageLimits(), _ location: SourceLocation = #_sourceLocation
) -> Reading {
    read([UInt8](text.utf8), limits: limits, location)
}

/// The same for octets that are no text.
func read(
    _ bytes: [UInt8], limits: MessageLimits = MessageLimits(), _ location: SourceLocation = #_sourceLocation
) -> Reading {
    var parser = RequestParser(limits: limits)
    let whole = readRequests([bytes[...]], &parser)
    #expect(whole.breach == nil, sourceLocation: location)
    for size in [1, 2, 3, 7, 1025] {
        let pieces = readRequests(cut(bytes) { size }, &parser)
        #expect(pieces == whole, "in reads of \(size)", sourceLocation: location)
    }
    return whole
}

/// What responses mean, after the same checks.
func readResponse(
    _ text: String, answersHead: Bool = false, _ location: SourceLocation = #_sourceLocation
) -> Reading {
    let bytes = [UInt8](text.utf8)
    var parser = ResponseParser()
    let whole = readResponses([bytes[...]], answersHead: answersHead, &parser)
    #expect(whole.breach == nil, sourceLocation: location)
    for size in [1, 2, 3, 7] {
        let pieces = readResponses(cut(bytes) { size }, answersHead: answersHead, &parser)
        #expect(pieces == whole, "in reads of \(size)", sourceLocation: location)
    }
    return whole
}
