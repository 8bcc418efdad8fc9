import Testing

@testable import FanfareCommand

@Suite struct `A counter of events` {
    private static let size = 48

    private static func data(run: UInt32 = 7, topic: UInt32 = 3, clock: UInt64 = 1000, size: Int = size) -> String {
        var bytes: [UInt8] = []
        EventStamp(run: run, topic: topic, clock: clock).append(to: &bytes)
        bytes += [UInt8](repeating: 0x78, count: size - bytes.count)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads a stream in pieces of a size.
    private static func count(_ text: String, cutAt size: Int = .max) -> (counter: EventCounter, all: Deliveries) {
        var counter = EventCounter(run: 7, topic: 3, size: Self.size)
        var deliveries = Deliveries()
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(size))
            counter.read(piece.span, at: 3000, into: &deliveries)
            rest = rest.dropFirst(size)
        }
        return (counter, deliveries)
    }

    private static let opening = "retry: 2417\nid: e-4\n\n"

    private static let tables: [(stream: String, received: Int, repeated: Int, misplaced: Int)] = [
        (opening, 0, 0, 0),
        (opening + "id: e-5\ndata: \(data())\n\nid: e-9\ndata: \(data())\n\n", 2, 0, 0),
        // Comments, other fields and another order make no difference.
        (":\nid: e-5\ndata: \(data())\n\n: drained\n\n", 1, 0, 0),
        ("event: t\nretry: 9\nid: e-5\ndata: \(data())\n\n", 1, 0, 0),
        ("data: \(data())\nid: e-5\n\n", 1, 0, 0),
        // What is not this run's.
        ("id: e-5\ndata: \(data(run: 8))\n\nid: e-6\ndata: hello\n\nid: e-7\n\nid: e-8\ndata: \(data())\n\n", 1, 0, 0),
        ("id: e-5\ndata: \(data(size: 49))\n\n", 0, 0, 0),
        ("id: e-5\ndata:  \(data().dropLast())\n\n", 0, 0, 0),
        ("id: e-5\ndatas \(data())\n\n", 0, 0, 0),
        ("id: e-5\nevent: fanfare.gap\ndata: {\"requested\":\"e-1\"}\n\n", 0, 0, 0),
        // What is not complete.
        ("id: e-5\ndata: \(data())\n", 0, 0, 0),
        // Again, or behind its place, or without one.
        ("id: e-5\ndata: \(data())\n\nid: e-5\ndata: \(data())\n\n", 1, 1, 0),
        ("id: e-5\ndata: \(data())\n\nid: e-4\ndata: \(data())\n\n", 1, 1, 0),
        ("id: e-9\ndata: \(data())\n\nid: e-10\ndata: \(data())\n\n", 2, 0, 0),
        ("id: own\ndata: \(data())\n\n", 0, 1, 0),
        ("id: e-99999999999999999999\ndata: \(data())\n\n", 0, 1, 0),
        ("data: \(data())\n\n", 0, 1, 0),
        // Of another topic.
        ("id: e-5\ndata: \(data(topic: 4))\n\nid: e-6\ndata: \(data())\n\n", 1, 0, 1),
    ]

    @Test(arguments: tables.indices, [1, 2, 3, 7, 64, .max])
    func `counts the same however the stream is cut`(row: Int, size: Int) {
        let table = Self.tables[row]
        let (counter, all) = Self.count(table.stream, cutAt: size)
        #expect(all.received == table.received && counter.count == table.received)
        #expect(all.repeated == table.repeated)
        #expect(all.misplaced == table.misplaced)
        #expect(all.latencies.count == table.received)
    }

    @Test func `measures from the stamp to the reading`() {
        let (_, all) = Self.count("id: e-5\ndata: \(Self.data(clock: 1000))\n\n")
        #expect(all.latencies.maximum == 2000)
    }

    @Test func `survives a block that is too long, and counts what follows`() {
        let long = "data: " + String(repeating: "y", count: EventCounter.longestBlock + 1000)
        let (counter, _) = Self.count("\(long)\n\nid: e-5\ndata: \(Self.data())\n\n", cutAt: 65_536)
        #expect(counter.count == 1)
    }

    @Test(arguments: [0, 1, 9, 10, 0xABCD_EF01, UInt32.max])
    func `reads the stamp that was written`(number: UInt32) {
        var bytes: [UInt8] = [0x20]
        let stamp = EventStamp(run: number, topic: ~number, clock: UInt64(number) << 32 | UInt64(~number))
        stamp.append(to: &bytes)
        #expect(bytes.count == 1 + EventStamp.byteCount)
        let read = EventStamp(of: number, in: bytes.span, at: 1)
        let short = EventStamp(of: number, in: bytes.span, at: 2)
        #expect(read == stamp)
        #expect(short == nil)
    }
}
