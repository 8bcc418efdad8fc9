import EventStream
import Testing

@Test func smoke() throws {
    var b: [UInt8] = []
    try EventEncoder.append(Event("a\r\nb\n", type: "t", id: "1", retry: .seconds(2), comment: "c"), to: &b)
    #expect(String(decoding: b, as: UTF8.self) == ": c\nretry: 2000\nid: 1\nevent: t\ndata: a\ndata: b\ndata:\n\n")
    var p = EventParser()
    var out: [EventParser.Output] = []
    try p.consume(b) { out.append($0) }
    #expect(out == [.comment("c"), .retry(.seconds(2)), .event(.init(type: "t", data: "a\nb\n", lastEventID: "1"))])
}
