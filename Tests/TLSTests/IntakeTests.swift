import COpenSSL
import Testing

@testable import TLS

@Suite struct `What a client says before hands are shaken` {
    @Test func `is handed on a record at a time, however it is cut`() {
        let records = [
            Self.record([1, 0, 0, 9] + Array(10...18)), Self.record([7], kind: 20), Self.record([8, 9], kind: 23),
        ]
        for piece in 1...20 {
            var intake = HandshakeIntake()
            for record in records {
                var rest = record[...]
                while intake.missing > 0 {
                    #expect(handedOn(&intake).isEmpty)
                    let some = rest.prefix(min(piece, intake.missing))
                    rest = rest.dropFirst(some.count)
                    #expect(take(Array(some), &intake) == nil)
                }
                #expect(rest.isEmpty)
                #expect(handedOn(&intake) == record)
                #expect(handedOn(&intake) == [])
                intake.beginNext()
            }
        }
    }

    @Test(
        arguments: [
            ([0x47], .inClear), (Array("PRI * HTTP/2.0".utf8), .inClear), (Array("DELETE".utf8), .inClear),
            (Array("get / ".utf8), .malformed("it is not TLS")), ([0, 0, 0, 0, 0], .malformed("it is not TLS")),
            // A greeting of SSL 2.
            ([0x80, 0x2E, 1, 3, 3], .malformed("it is not TLS")),
            ([22, 3, 1, 0x48, 1], .malformed("a record is too long")),
            ([22, 3, 1, 0, 0], .malformed("the head of a message is in pieces")),
            ([22, 3, 1, 0, 3, 1, 0, 0], .malformed("the head of a message is in pieces")),
            ([22, 3, 1, 0, 4, 1, 0, 0x40, 1], .malformed("a message is too long")),
            ([22, 3, 1, 0, 4, 1, 0xFF, 0xFF, 0xFF], .malformed("a message is too long")),
            ([22, 3, 1, 0, 4, 1, 0, 0x40, 0], nil),
            // Another message: OpenSSL's to refuse.
            ([22, 3, 1, 0, 4, 2, 0xFF, 0xFF, 0xFF], nil), ([21, 3, 1, 0, 2, 1, 0], nil),
        ] as [([UInt8], HandshakeIntake.Refusal?)])
    func `is refused when it is no handshake, or declares too much`(
        bytes: [UInt8], refusal: HandshakeIntake.Refusal?
    ) {
        var intake = HandshakeIntake()
        #expect(take(bytes, &intake) == refusal)
    }

    @Test func `may be one greeting in several records, and then another that is judged anew`() {
        var intake = HandshakeIntake()
        let parts: [[UInt8]] = [[1, 0, 0, 20, 1, 2], Array(repeating: 1, count: 10), Array(repeating: 1, count: 8)]
        for part in parts {
            #expect(take(Self.record(part), &intake, isPlain: true) == nil)
            intake.beginNext()
        }
        #expect(
            take(Self.record([1, 0xFF, 0, 0]), &intake, isPlain: true) == .malformed("a message is too long"))
    }

    @Test func `is not judged once it is encrypted`() {
        var intake = HandshakeIntake()
        #expect(take(Self.record([1, 0, 0, 1, 7]), &intake) == nil)
        intake.beginNext()
        #expect(take(Self.record([1, 0xFF, 0, 0]), &intake) == nil)
    }

    static func record(_ body: [UInt8], kind: UInt8 = 22) -> [UInt8] {
        [kind, 3, 3, UInt8(body.count >> 8), UInt8(body.count & 255)] + body
    }

    /// Takes bytes as long as any are missing.
    private func take(
        _ bytes: [UInt8], _ intake: inout HandshakeIntake, isPlain: Bool = false
    ) -> HandshakeIntake.Refusal? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(intake.missing))
            rest = rest.dropFirst(some.count)
            if let refusal = some.withUnsafeBytes({ intake.take($0, isPlain: isPlain) }) { return refusal }
            if intake.missing == 0 { break }
        }
        return nil
    }

    private func handedOn(_ intake: inout HandshakeIntake) -> [UInt8] {
        var all: [UInt8] = []
        // A little at a time, as OpenSSL does.
        var place = [UInt8](repeating: 0, count: 5)
        while true {
            let count = place.withUnsafeMutableBytes { intake.hand(to: $0) }
            if count == 0 { return all }
            all += place.prefix(count)
        }
    }
}

@Suite struct `A server that shakes hands` {
    private let root = Authority()

    @Test func `does not wait for a greeting that is declared as too long`() throws {
        let wire = try wire()
        wire.sendInClear([22, 3, 1, 0, 4, 1, 2, 0, 0])
        #expect(wire.read(wire.server) == nil)
        #expect(wire.server.handshakeFailure == "a message is too long")
        #expect(ERR_peek_error() == 0)
    }

    @Test func `asks for another kind of key, and judges the second greeting as the first`() throws {
        let honest = try wire()
        // It offers one key that the server does not know, and names another that it does.
        honest.client.offer(groups: "P-521:P-256")
        #expect(honest.shakeHands())
        let wire = try wire()
        wire.client.offer(groups: "P-521:P-256")
        #expect(wire.read(wire.client) == [])
        #expect(wire.read(wire.server) == [])
        #expect(wire.server.handshakeFailure == nil)
        wire.sendInClear([22, 3, 3, 0, 4, 1, 2, 0, 0])
        #expect(wire.read(wire.server) == nil)
        #expect(wire.server.handshakeFailure == "a message is too long")
    }

    private func wire() throws -> Wire {
        let folder = Folder()
        let context = try ServerContext(
            [try Identity(root.issue(["a.example"]))], protocols: [], tickets: TicketKeys(at: Moment.now))
        return try Wire(context, ClientContext(trusting: folder.write(root.certificate, to: "root.pem")))
    }
}

extension Session {
    /// Has a client offer keys of these groups, and of the first at once.
    func offer(groups: String) {
        var names = Array(groups.utf8CString)
        precondition(SSL_ctrl(ssl, SSL_CTRL_SET_GROUPS_LIST, 0, &names) == 1)
    }
}
