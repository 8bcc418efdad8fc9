import Testing

@testable import TLS

@Suite struct `Credentials of a server` {
    private let root = Authority()
    private let folder = Folder()
    private let files: IdentityFiles

    init() { files = IdentityFiles(certificate: folder.path("cert.pem"), key: folder.path("key.pem")) }

    @Test func `are read anew once both files have changed`() throws {
        try install(root.issue(["a.example"]))
        let credentials = try Credentials(.files([files]), protocols: [], at: Moment.now)
        let before = credentials.context
        #expect(try credentials.refresh(at: Moment.now) == nil)
        #expect(try credentials.refresh(at: Moment.now) == nil)
        let renewed = root.issue(["b.example"])
        folder.write(renewed.certificate, to: "cert.pem")
        // The key is still the old one: a look at this moment must not count.
        #expect(try credentials.refresh(at: Moment.now) == nil)
        folder.write(renewed.key, to: "key.pem")
        #expect(try credentials.refresh(at: Moment.now) == nil)
        let after = try #require(try credentials.refresh(at: Moment.now))
        #expect(after.identities[0].isFor(host: "b.example"))
        #expect(credentials.context === after && after !== before)
        #expect(try credentials.refresh(at: Moment.now) == nil)
    }

    @Test func `are read anew at once when that is asked for`() throws {
        try install(root.issue(["a.example"]))
        let credentials = try Credentials(.files([files]), protocols: [], at: Moment.now)
        #expect(try credentials.refresh(at: Moment.now, isAsked: true) != nil)
        try install(root.issue(["b.example"]))
        #expect(try credentials.refresh(at: Moment.now, isAsked: true)?.identities[0].isFor(host: "b.example") == true)
        #expect(try credentials.refresh(at: Moment.now) == nil)
    }

    @Test(arguments: ["nonsense", "", nil] as [String?])
    func `stay as they are when the new ones are bad, which is said once`(text: String?) throws {
        try install(root.issue(["a.example"]))
        let credentials = try Credentials(.files([files]), protocols: [], at: Moment.now)
        let before = credentials.context
        if let text { folder.write(text, to: "cert.pem") } else { folder.remove("cert.pem") }
        #expect(try credentials.refresh(at: Moment.now) == nil)
        let error = #expect(throws: TLSError.self) { try credentials.refresh(at: Moment.now) }
        #expect(error?.description.hasPrefix(folder.path("cert.pem")) == true)
        for _ in 0..<3 { #expect(try credentials.refresh(at: Moment.now) == nil) }
        #expect(credentials.context === before)
        try install(root.issue(["b.example"]))
        #expect(try credentials.refresh(at: Moment.now) == nil)
        #expect(try credentials.refresh(at: Moment.now)?.identities[0].isFor(host: "b.example") == true)
    }

    @Test func `that cannot be used yet are tried again each minute, although the files look the same`() throws {
        try install(root.issue(["a.example"]))
        let credentials = try Credentials(.files([files]), protocols: [], at: Moment.now)
        // A reason that passes by itself, as a disk that is away for a while does.
        let beginning = Moment.now + Credentials.patience + 1
        try install(root.issue(["b.example"], validity: beginning..<Moment.future))
        #expect(try credentials.refresh(at: Moment.now) == nil)
        for minute in 0...1 {
            let time = Moment.now + minute * Credentials.patience
            #expect(throws: TLSError.self) { try credentials.refresh(at: time) }
            #expect(try credentials.refresh(at: time + Credentials.patience - 1) == nil)
        }
        let context = try credentials.refresh(at: Moment.now + 2 * Credentials.patience)
        #expect(context?.identities[0].isFor(host: "b.example") == true)
        #expect(try credentials.refresh(at: Moment.now + 3 * Credentials.patience) == nil)
    }

    @Test func `that cannot be used are tried again when the clock goes back`() throws {
        try install(root.issue(["a.example"]))
        let credentials = try Credentials(.files([files]), protocols: [], at: Moment.now)
        folder.write("nonsense", to: "cert.pem")
        #expect(throws: TLSError.self) { try credentials.refresh(at: Moment.now, isAsked: true) }
        #expect(throws: TLSError.self) { try credentials.refresh(at: Moment.now - 1) }
    }

    @Test func `are read again when who may read them has changed`() throws {
        try install(root.issue(["a.example"]))
        let credentials = try Credentials(.files([files]), protocols: [], at: Moment.now)
        folder.setMode(0o640, of: "key.pem")
        #expect(try credentials.refresh(at: Moment.now) == nil)
        #expect(try credentials.refresh(at: Moment.now) != nil)
        #expect(try credentials.refresh(at: Moment.now) == nil)
    }

    @Test func `tell of keys that anybody may read`() throws {
        try install(root.issue(["a.example"]))
        let credentials = try Credentials(.files([files]), protocols: [], at: Moment.now)
        folder.setMode(0o640, of: "key.pem")
        #expect(credentials.openKeys == [])
        folder.setMode(0o644, of: "key.pem")
        #expect(credentials.openKeys == [folder.path("key.pem")])
    }

    @Test func `that expired in the file stay as they are`() throws {
        try install(root.issue(["a.example"], validity: Moment.past..<Moment.now + 10))
        let credentials = try Credentials(.files([files]), protocols: [], at: Moment.now)
        let error = #expect(throws: TLSError.self) { try credentials.refresh(at: Moment.now + 20, isAsked: true) }
        #expect(error?.code == .outOfDate)
        #expect(throws: TLSError.self) { try Credentials(.files([files]), protocols: [], at: Moment.now + 20) }
    }

    private func install(_ issued: Authority.Issued) throws {
        folder.write(issued.certificate, to: "cert.pem")
        folder.write(issued.key, to: "key.pem")
    }
}

@Suite struct `A self-signed certificate` {
    private let folder = Folder()

    @Test func `is for this machine and its addresses, for a year`() throws {
        let identity = try SelfSigned.make(for: ["192.168.1.5", "::1", "0.0.0.0", "fd00::1"], at: Moment.now)
        for host in ["localhost"] { #expect(identity.isFor(host: host)) }
        for address in ["127.0.0.1", "::1", "192.168.1.5", "fd00::1"] { #expect(identity.isFor(address: address)) }
        for address in ["0.0.0.0", "::", "192.168.1.6"] { #expect(!identity.isFor(address: address)) }
        #expect(identity.validUntil == Moment.now + 365 * 86_400)
        #expect(identity.certificate.validity.from < Moment.now)
    }

    @Test func `is kept in a file that only its owner reads`() throws {
        let file = SelfSignedFile(folder.path("own.pem"))
        let made = try file.identity(for: [], at: Moment.now)
        #expect(folder.mode("own.pem") == 0o600)
        let kept = try file.identity(for: [], at: Moment.now + 335 * 86_400)
        #expect(kept.fingerprint == made.fingerprint)
    }

    @Test func `is made anew when less than a month is left, or an address is new, or the clock went back`() throws {
        let file = SelfSignedFile(folder.path("own.pem"))
        let made = try file.identity(for: [], at: Moment.now)
        let renewed = try file.identity(for: [], at: Moment.now + 335 * 86_400 + 1)
        #expect(renewed.fingerprint != made.fingerprint)
        let moved = try file.identity(for: ["192.168.1.5"], at: Moment.now + 335 * 86_400 + 1)
        #expect(moved.fingerprint != renewed.fingerprint)
        #expect(try file.identity(for: [], at: Moment.now + 335 * 86_400 + 1).fingerprint == moved.fingerprint)
        let early = try file.identity(for: [], at: Moment.now)
        #expect(early.fingerprint != moved.fingerprint)
        #expect(early.validUntil == made.validUntil)
    }

    @Test(arguments: ["", "something else"])
    func `does not take the place of another file`(text: String) throws {
        let path = folder.write(text, to: "own.pem")
        folder.setMode(0o600, of: "own.pem")
        let error = #expect(throws: TLSError.self) { try SelfSignedFile(path).identity(for: [], at: Moment.now) }
        #expect(error?.description.contains("remove the file") == true)
        #expect(folder.text("own.pem") == text)
    }

    @Test(arguments: [["localhost"], ["a.example"]], [Moment.past..<Moment.now - 1, Moment.past..<Moment.future])
    func `does not take the place of somebody else's`(names: [String], validity: Range<Int>) throws {
        let issued = Authority().issue(names, validity: validity)
        let path = folder.write(issued.certificate + issued.key, to: "own.pem")
        folder.setMode(0o600, of: "own.pem")
        let error = #expect(throws: TLSError.self) { try SelfSignedFile(path).identity(for: [], at: Moment.now) }
        #expect(error?.description.contains("somebody else made the certificate in it") == true)
        #expect(folder.text("own.pem") == issued.certificate + issued.key)
    }

    @Test(arguments: [0o640, 0o604, 0o660] as [UInt32])
    func `that others can get at is not used`(mode: UInt32) throws {
        let file = SelfSignedFile(folder.path("own.pem"))
        _ = try file.identity(for: [], at: Moment.now)
        folder.setMode(mode, of: "own.pem")
        let error = #expect(throws: TLSError.self) { try file.identity(for: [], at: Moment.now) }
        #expect(error?.description.contains("open to others") == true)
        folder.setMode(0o400, of: "own.pem")
        _ = try file.identity(for: [], at: Moment.now)
    }

    @Test func `that cannot be kept is no certificate`() throws {
        let path = folder.path("missing/own.pem")
        let error = #expect(throws: TLSError.self) { try SelfSignedFile(path).identity(for: [], at: Moment.now) }
        #expect(error?.description.hasPrefix("\(path) cannot be written (No such file") == true)
    }

    @Test func `is renewed while the hub runs, and tried once an hour`() throws {
        let path = folder.path("own.pem")
        let source = CredentialSource.selfSigned(keptIn: SelfSignedFile(path), addresses: [])
        let credentials = try Credentials(source, protocols: [], at: Moment.now)
        let made = credentials.context.identities[0].fingerprint
        let late = Moment.now + 336 * 86_400
        #expect(try credentials.refresh(at: late - 2 * 86_400) == nil)
        folder.write("something else", to: "own.pem")
        folder.setMode(0o600, of: "own.pem")
        #expect(throws: TLSError.self) { try credentials.refresh(at: late) }
        #expect(try credentials.refresh(at: late + 3599) == nil)
        #expect(credentials.context.identities[0].fingerprint == made)
        folder.remove("own.pem")
        #expect(try credentials.refresh(at: late + 3600) != nil)
        #expect(credentials.context.identities[0].fingerprint != made)
        #expect(try credentials.refresh(at: late + 3 * 3600) == nil)
    }
}
