import Testing

@testable import Hub

@Suite struct EventIDTests {
    @Test(arguments: [
        ("e1-1", EventID.position(epoch: "e1", 1)), ("e1-0", .position(epoch: "e1", 0)),
        ("a-b-12", .position(epoch: "a-b", 12)), ("-7", .position(epoch: "", 7)),
        ("e1-9223372036854775807", .position(epoch: "e1", .max)),
        ("e1-9223372036854775808", .own("e1-9223372036854775808")),
        ("e1-99999999999999999999999", .own("e1-99999999999999999999999")), ("e1-01", .own("e1-01")),
        ("e1-00", .own("e1-00")), ("e1-", .own("e1-")), ("e1-+1", .own("e1-+1")), ("e1-1 ", .own("e1-1 ")),
        ("e1--1", .position(epoch: "e1-", 1)), ("e1-1x", .own("e1-1x")), ("e1-\u{661}", .own("e1-\u{661}")),
        ("", .own("")), ("own", .own("own")), ("é-3", .position(epoch: "é", 3)),
        ("\u{301}-3", .position(epoch: "\u{301}", 3)),
        ("e1-5\u{301}", .own("e1-5\u{301}")), ("~stop", .stop), ("e1-5~stop", .stop), ("~stop~", .own("~stop~")),
        ("a\0-4", .position(epoch: "a\0", 4)),
    ])
    func `what a client gives as its last id is read as`(text: String, id: EventID) {
        #expect(EventID(text) == id)
    }

    @Test func `what is written is read again`() {
        for position in [0, 1, 9, 10, 123_456_789, Int.max] {
            #expect(EventID(EventID.text(epoch: "k3f", position)) == .position(epoch: "k3f", position))
        }
    }

    @Test(arguments: ["a", "e1", "e1.5", "E1-5", "e12-5", "x-5", "~", "-", "stop", "~stop.", "A.Z_a~z-0-9", "e1_-5"])
    func `a publisher may choose`(id: String) throws {
        try EventID.validate(own: id, epoch: "e1")
    }

    @Test(arguments: [
        "", "e1-", "e1-5", "e1-x", "a~stop", "~stop", "a b", "é", "a\n", "a\0", "a:b", "a/b", "a\"", "\u{212A}",
    ])
    func `a publisher may not choose`(id: String) {
        let error = #expect(throws: HubError.self) { try EventID.validate(own: id, epoch: "e1") }
        #expect(error?.code == .badEvent)
    }

    @Test func `a publisher's id has at most 64 bytes`() throws {
        try EventID.validate(own: String(repeating: "a", count: 64), epoch: "e1")
        #expect(throws: HubError.self) { try EventID.validate(own: String(repeating: "a", count: 65), epoch: "e1") }
    }
}
