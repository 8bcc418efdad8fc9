import COpenSSL
import Testing

@testable import TLS

@Suite struct `A handshake` {
    private let root = Authority()
    private let folder = Folder()

    @Test func `is made with a server that a chain leads to`() throws {
        let middle = Authority("middle", below: root)
        let wire = try wire(to: [middle.issue(["a.example"])])
        #expect(wire.shakeHands())
    }

    @Test func `is TLS 1.3 or 1.2, and nothing older`() throws {
        for (version, cipher) in [
            (TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"), (TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"),
        ] {
            let wire = try wire(to: [root.issue(["a.example"])])
            wire.client.speakAtMost(version)
            // The client's own order is another.
            #expect(wire.shakeHands())
            #expect(wire.server.version == version)
            #expect(wire.server.cipher == cipher)
        }
    }

    @Test func `fails with a server whom nobody trusts, or who has another name`() throws {
        let stranger = try wire(to: [Authority("stranger").issue(["a.example"])])
        #expect(!stranger.shakeHands())
        #expect(stranger.client.handshakeFailure?.contains("unable to get local issuer") == true)
        let other = try wire(to: [root.issue(["b.example"])])
        #expect(!other.shakeHands())
        #expect(other.client.handshakeFailure?.lowercased().contains("hostname mismatch") == true)
        let unverified = try wire(to: [root.issue(["b.example"])], verifying: false)
        #expect(unverified.shakeHands())
    }

    @Test(arguments: [
        ("a.example", 0), ("A.EXAMPLE", 0), ("b.example", 2), ("x.wild.example", 1),
        // A name of its own comes before a wildcard, wherever it stands.
        ("own.wild.example", 2),
        // Nobody has these: a wildcard stands for one label.
        ("x.y.wild.example", 0), ("wild.example", 0), ("unknown.example", 0),
    ])
    func `shows the certificate of the name that is asked for`(host: String, expected: Int) throws {
        let lists = [["a.example"], ["*.wild.example"], ["b.example", "own.wild.example"]]
        let context = try ServerContext(
            lists.map { try Identity(root.issue($0)) }, protocols: [], tickets: TicketKeys(at: Moment.now))
        let wire = try Wire(context, try client(verifying: false), to: host)
        #expect(wire.shakeHands())
        #expect(wire.client.peerFingerprint == context.identities[expected].fingerprint)
    }

    @Test func `shows the first certificate to who asks for none`() throws {
        let context = try ServerContext(
            [Identity(root.issue(["a.example"])), Identity(root.issue(["b.example"]))], protocols: [],
            tickets: TicketKeys(at: Moment.now))
        // An address is not named.
        let wire = try Wire(context, try client(verifying: false), to: "127.0.0.1")
        #expect(wire.shakeHands())
        #expect(wire.client.peerFingerprint == context.identities[0].fingerprint)
    }

    @Test func `has two kinds of keys for the same names, and both can be used`() throws {
        let identities = [
            try Identity(root.issue(["a.example", "b.example"], .rsa)),
            // In whatever order they stand.
            try Identity(root.issue(["b.example", "a.example"], .ec)),
        ]
        let context = try ServerContext(identities, protocols: [], tickets: TicketKeys(at: Moment.now))
        for (algorithms, expected) in [("ECDSA+SHA256", 1), ("RSA-PSS+SHA256", 0)] {
            let wire = try Wire(context, try client())
            wire.client.accept(signatures: algorithms)
            #expect(wire.shakeHands())
            #expect(wire.client.peerFingerprint == identities[expected].fingerprint)
        }
    }

    @Test(arguments: [
        (["h2", "http/1.1"], ["http/1.1", "h2"], "h2"), (["http/1.1"], ["h2", "http/1.1"], "http/1.1"),
        (["h2", "http/1.1"], ["http/1.1"], "http/1.1"), (["h2", "http/1.1"], [], nil), ([], [], nil),
    ])
    func `agrees on the server's first protocol that the client has`(
        server: [String], client offer: [String], agreed: String?
    ) throws {
        let wire = try wire(to: [root.issue(["a.example"])], protocols: server, offering: offer)
        #expect(wire.shakeHands())
        #expect(wire.server.protocolName == agreed)
        #expect(wire.client.protocolName == agreed)
    }

    @Test func `fails when no protocol is common to both`() throws {
        let wire = try wire(to: [root.issue(["a.example"])], protocols: ["http/1.1"], offering: ["spdy/1", "http/1"])
        #expect(!wire.shakeHands())
        #expect(wire.read(wire.client) == nil)
        #expect(wire.client.handshakeFailure?.contains("no application protocol") == true)
    }

    @Test(
        arguments: [
            ([], nil), ([0], nil), ([1], nil), ([5, 0x61], nil), ([255], nil), ([1, 0x61], nil), ([2, 0x68], nil),
            ([2, 0x68, 0x32], 1..<3), ([0, 2, 0x68, 0x32], 2..<4), ([1, 0x68, 2, 0x68, 0x32, 9], 3..<5),
        ] as [([UInt8], Range<Int>?)])
    func `reads no offer beyond its end`(offer: [UInt8], found: Range<Int>?) {
        let own = ProtocolNames.wire(["h2"])
        #expect(offer.withUnsafeBufferPointer { ALPNOffer($0).first(of: own) } == found)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\n\r\n", "nonsense of some length", "\u{16}\u{3}\u{1}x",
    ])
    func `is not made with who does not speak TLS`(text: String) throws {
        let wire = try wire(to: [root.issue(["a.example"])])
        wire.sendInClear(text)
        wire.cut()
        while let bytes = wire.read(wire.server) { #expect(bytes == []) }
        #expect(!wire.server.isEstablished)
        #expect(wire.server.handshakeFailure != nil)
        #expect(wire.server.wasSpokenToInClear == text.contains("HTTP"))
        #expect(wire.server.write([1]) == -1)
        #expect(ERR_peek_error() == 0)
    }

    @Test func `that the other side leaves is over`() throws {
        let wire = try wire(to: [root.issue(["a.example"])])
        #expect(wire.read(wire.client) == [])
        #expect(wire.read(wire.server) == [])
        wire.cut()
        #expect(wire.read(wire.server) == nil)
        #expect(wire.server.handshakeFailure != nil)
    }

    @Test func `with an RSA key of 1024 bits is not begun`() throws {
        let issued = root.issue(["a.example"], .weak)
        let error = #expect(throws: TLSError.self) {
            try ServerContext([try Identity(issued)], protocols: [], tickets: TicketKeys(at: Moment.now))
        }
        #expect(error?.description.hasPrefix("the certificate cert.pem is too weak") == true)
    }

    private func client(verifying: Bool = true, offering: [String] = []) throws -> ClientContext {
        let file = folder.write(root.certificate, to: "root.pem")
        return try ClientContext(trusting: file, verifying: verifying, protocols: offering)
    }

    private func wire(
        to issued: [Authority.Issued], verifying: Bool = true, protocols: [String] = [], offering: [String] = []
    ) throws -> Wire {
        let context = try ServerContext(
            issued.map { try Identity($0) }, protocols: protocols, tickets: TicketKeys(at: Moment.now))
        return try Wire(context, try client(verifying: verifying, offering: offering))
    }
}

extension Session {
    /// The fingerprint of the certificate that the other side showed.
    var peerFingerprint: String? { SSL_get1_peer_certificate(ssl).map { Certificate(owning: $0).fingerprint } }

    /// Has a client accept these signatures only.
    func accept(signatures: String) {
        var names = Array(signatures.utf8CString)
        precondition(SSL_ctrl(ssl, SSL_CTRL_SET_SIGALGS_LIST, 0, &names) == 1)
    }

    /// Has a client speak no newer version.
    func speakAtMost(_ version: CInt) {
        precondition(SSL_ctrl(ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil) == 1)
    }

    /// The version that both speak.
    var version: CInt { SSL_version(ssl) }

    /// The cipher that both agreed on.
    var cipher: String { String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(ssl))) }
}
