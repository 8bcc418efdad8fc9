import COpenSSL
import SeededRandomness
import Testing

@testable import TLS

@Suite struct `A session` {
    private let wire: Wire

    init() throws { wire = try Self.wire() }

    @Test func `carries bytes both ways`() throws {
        #expect(wire.shakeHands())
        #expect(wire.client.write(Array("ping".utf8)) == 4)
        #expect(wire.read(wire.server) == Array("ping".utf8))
        #expect(wire.server.write(Array("pong".utf8)) == 4)
        #expect(wire.read(wire.client) == [])  // tickets, which are no bytes of the other side's
        #expect(wire.read(wire.client).map { $0.isEmpty } == true)
        var come: [UInt8] = []
        while come.count < 4 { come += try #require(wire.read(wire.client)) }
        #expect(come == Array("pong".utf8))
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION], [1, 2, 3])
    func `loses, repeats and changes nothing when the socket is full`(version: CInt, seed: UInt64) throws {
        let wire = try Self.wire(room: 5000)
        wire.client.speakAtMost(version)
        // A client may ask for small records (RFC 6066 section 4).
        if seed == 3 { wire.client.askForSmallRecords() }
        #expect(wire.shakeHands())
        var random = SeededGenerator(seed: seed)
        let source = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        var sent: [UInt8] = []
        var come: [UInt8] = []
        var timesFull = 0
        while sent.count < 1_000_000 || come.count < sent.count {
            if sent.count < 1_000_000 {
                let start = Int.random(in: 0...source.count - 40_000, using: &random)
                let offered = Array(source[start..<start + Int.random(in: 0...40_000, using: &random)])
                let taken = wire.server.write(offered)
                #expect((0...offered.count).contains(taken))
                if taken < offered.count || wire.server.hasUnsent { timesFull += 1 }
                // What was not taken is somebody else's to keep: the next bytes may be quite different ones.
                sent += offered.prefix(taken)
            } else {
                #expect(wire.server.flush() != -1)
            }
            if Int.random(in: 0...3, using: &random) == 0 { continue }
            for _ in 0..<Int.random(in: 1...6, using: &random) { come += try #require(wire.read(wire.client)) }
        }
        #expect(timesFull > 10)
        #expect(come == sent)
        #expect(!wire.server.hasUnsent)
    }

    @Test func `takes nothing more while the socket is full, and at most one record that does not fit`() throws {
        let wire = try Self.wire(room: 5000)
        #expect(wire.shakeHands())
        let piece = [UInt8](repeating: 7, count: 4000)
        while !wire.server.hasUnsent { #expect(wire.server.write(piece) == piece.count) }
        #expect(wire.server.write(piece) == 0)
        #expect(wire.server.flush() == 0)
    }

    @Test func `tells the other side that it ends`() throws {
        #expect(wire.shakeHands())
        #expect(wire.server.write(Array("last".utf8)) == 4)
        wire.server.close()
        #expect(wire.server.write([1]) == -1)
        var come: [UInt8] = []
        while let some = wire.read(wire.client) { come += some }
        #expect(come == Array("last".utf8))
        #expect(wire.client.hasHeardTheEnd)
    }

    @Test func `that is cut off has not heard the end`() throws {
        #expect(wire.shakeHands())
        wire.cut()
        while let some = wire.read(wire.server) { #expect(some == []) }
        #expect(!wire.server.hasHeardTheEnd)
        #expect(wire.server.failure == nil)
        #expect(wire.server.write([1]) == -1)
    }

    @Test func `into which somebody else speaks is broken, and says why`() throws {
        #expect(wire.shakeHands())
        wire.sendInClear("nonsense of some length")
        while let some = wire.read(wire.server) { #expect(some == []) }
        #expect(wire.server.failure != nil)
        #expect(wire.server.write([1]) == -1)
    }

    @Test func `is not negotiated again`() throws {
        wire.client.speakAtMost(TLS1_2_VERSION)
        #expect(wire.shakeHands())
        #expect(SSL_renegotiate(wire.client.ssl) == 1)
        _ = SSL_do_handshake(wire.client.ssl)
        #expect(wire.read(wire.server) != nil)
        _ = SSL_do_handshake(wire.client.ssl)
        #expect(ErrorQueue.takeReason() == "no renegotiation")
    }

    @Test func `answers a client that changes its keys over and over, one turn at a time`() throws {
        let wire = try Self.wire(room: 5000)
        #expect(wire.shakeHands())
        var updates = 0
        // Each wants an answer, and none is read: in the end there is no room for one.
        for _ in 0..<10_000 where !wire.server.awaitsRoomToRead {
            if SSL_get_key_update_type(wire.client.ssl) == SSL_KEY_UPDATE_NONE {
                SSL_key_update(wire.client.ssl, SSL_KEY_UPDATE_REQUESTED)
            }
            if SSL_do_handshake(wire.client.ssl) == 1 { updates += 1 }
            fanfare_forget_errors()
            #expect(wire.read(wire.server) == [])
        }
        #expect(wire.server.awaitsRoomToRead)
        // The client reads on, and all goes on.
        for _ in 0..<2 * updates {
            let (client, server) = (wire.read(wire.client), wire.read(wire.server))
            if client == nil || server == nil { Issue.record("the session broke") }
        }
        #expect(wire.server.write([1, 2, 3]) == 3)
        var come: [UInt8] = []
        while come.count < 3 { come += try #require(wire.read(wire.client)) }
        #expect(come == [1, 2, 3])
    }

    private static func wire(room: Int32? = nil) throws -> Wire {
        let root = Authority()
        let folder = Folder()
        let context = try ServerContext(
            [try Identity(root.issue(["a.example"]))], protocols: [], tickets: TicketKeys(at: Moment.now))
        return try Wire(
            context, ClientContext(trusting: folder.write(root.certificate, to: "root.pem")), room: room)
    }
}

extension Session {
    /// Has a client ask for records of 512 bytes.
    func askForSmallRecords() {
        precondition(SSL_set_tlsext_max_fragment_length(ssl, UInt8(TLSEXT_max_fragment_length_512)) == 1)
    }

    /// Whether the other side said that it ends.
    var hasHeardTheEnd: Bool { SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN != 0 }
}
