import COpenSSL
import Testing

@testable import TLS

@Suite struct `Session tickets` {
    private let root = Authority()
    private let client: ClientContext

    init() throws {
        let folder = Folder()
        client = try ClientContext(trusting: folder.write(root.certificate, to: "root.pem"))
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `resume a session on another context with the same keys, and on no other`(version: CInt) throws {
        let keys = try TicketKeys(at: Moment.now)
        let session = try session(with: try context(keys), version)
        defer { SSL_SESSION_free(session) }
        #expect(try isResumed(session, on: try context(keys), version))
        #expect(try !isResumed(session, on: try context(TicketKeys(at: Moment.now)), version))
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `are good for two periods after their key's own, and not longer`(version: CInt) throws {
        let keys = try TicketKeys(at: Moment.now)
        let context = try context(keys)
        let session = try session(with: context, version)
        defer { SSL_SESSION_free(session) }
        for (rotations, isGood) in [(0, true), (1, true), (2, true), (3, false)] {
            keys.rotate(at: Moment.now + rotations * TicketKeys.period)
            // Again and again in between changes nothing.
            keys.rotate(at: Moment.now + (rotations + 1) * TicketKeys.period - 1)
            #expect(try isResumed(session, on: context, version) == isGood, "after \(rotations) rotations")
        }
    }

    @Test func `get a new key when the clock goes back`() throws {
        let keys = try TicketKeys(at: Moment.now)
        let before = Array(keys.newest.name)
        keys.rotate(at: Moment.now + 1)
        #expect(Array(keys.newest.name) == before)
        keys.rotate(at: Moment.now - 1)
        #expect(Array(keys.newest.name) != before)
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `of TLS 1.3 are good for one session, which brings the next one`(version: CInt) throws {
        let context = try context(TicketKeys(at: Moment.now))
        let first = try session(with: context, version)
        defer { SSL_SESSION_free(first) }
        let second = try session(with: context, version, resuming: first)
        defer { SSL_SESSION_free(second) }
        #expect((first != second) == (version == TLS1_3_VERSION))
        #expect(try isResumed(second, on: context, version))
    }

    private func context(_ keys: TicketKeys) throws -> ServerContext {
        try ServerContext([try Identity(root.issue(["a.example"]))], protocols: [], tickets: keys)
    }

    /// What a client keeps of a session, for the next one.
    private func session(
        with context: ServerContext, _ version: CInt, resuming earlier: OpaquePointer? = nil
    ) throws -> OpaquePointer {
        let wire = try Wire(context, client)
        wire.client.speakAtMost(version)
        if let earlier { #expect(SSL_set_session(wire.client.ssl, earlier) == 1) }
        #expect(wire.shakeHands())
        // Tickets of TLS 1.3 come after the handshake.
        for _ in 0..<3 { #expect(wire.read(wire.client) == []) }
        let session = try #require(SSL_get1_session(wire.client.ssl))
        #expect(SSL_SESSION_is_resumable(session) == 1)
        wire.client.close()
        return session
    }

    private func isResumed(_ session: OpaquePointer, on context: ServerContext, _ version: CInt) throws -> Bool {
        let wire = try Wire(context, client)
        wire.client.speakAtMost(version)
        #expect(SSL_set_session(wire.client.ssl, session) == 1)
        #expect(wire.shakeHands())
        // A session that ends without a word is not to be resumed: here it is, again and again.
        defer { wire.client.close() }
        #expect(SSL_session_reused(wire.client.ssl) == SSL_session_reused(wire.server.ssl))
        return SSL_session_reused(wire.server.ssl) == 1
    }
}
