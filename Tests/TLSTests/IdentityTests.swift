import COpenSSL
import Testing

@testable import TLS

@Suite struct `An identity` {
    private let authority = Authority()

    @Test(arguments: [Key.Kind.ec, .rsa, .ed25519])
    func `is a certificate and its key`(kind: Key.Kind) throws {
        let identity = try Identity(authority.issue(["a.example", "*.b.example"], kind))
        #expect(identity.isFor(host: "a.example"))
        #expect(identity.isFor(host: "A.Example"))
        #expect(identity.isFor(host: "x.b.example"))
        #expect(!identity.isFor(host: "b.example"))
        #expect(!identity.isFor(host: "x.y.b.example"))
        #expect(!identity.isFor(host: "c.example"))
        #expect(identity.validUntil == Moment.future)
    }

    @Test func `may have the key in the same file, and a text around it`() throws {
        let issued = authority.issue(["a.example"])
        let all = "Subject: whatever\n" + issued.key + "\n" + issued.certificate
        _ = try Identity(certificates: Array(all.utf8), key: Array(all.utf8), names: ("f", "f"), at: Moment.now)
    }

    @Test func `of parts that do not belong together is refused`() throws {
        var issued = authority.issue(["a.example"])
        issued.key = authority.issue(["a.example"]).key
        try refused(issued, .mismatched, "the key key.pem does not belong to the certificate cert.pem")
        issued.key = authority.issue(["a.example"], .rsa).key
        try refused(issued, .mismatched, "key.pem does not belong")
    }

    @Test func `whose chain comes first is told so`() throws {
        let middle = Authority("middle", below: authority)
        var issued = middle.issue(["a.example"])
        (issued.certificate, issued.chain) = (issued.chain, issued.certificate)
        try refused(issued, .mismatched, "not its first")
    }

    @Test func `is refused when its time is over, or has not come`() throws {
        let from = Moment.now - 1000
        let until = Moment.now + 1000
        let issued = authority.issue(["a.example"], validity: from..<until)
        try refused(issued, at: until, .outOfDate, "has not been valid since 2027-01-15T08:16:40Z")
        try refused(issued, at: from - 1, .outOfDate, "is not valid before 2027-01-15T07:43:20Z")
        _ = try Identity(issued, at: from)
        _ = try Identity(issued, at: until - 1)
    }

    @Test func `tells which of its chain is not valid`() throws {
        let middle = Authority("middle", below: authority)
        let old = Authority("old", below: authority, validity: Moment.past..<Moment.now)
        #expect(try Identity(middle.issue(["a.example"])).invalidLinks(at: Moment.now) == [])
        #expect(try Identity(old.issue(["a.example"])).invalidLinks(at: Moment.now) == ["/CN=old"])
    }

    @Test func `is for a host by the names that it has as such, and not by its common name`() throws {
        let issued = authority.issue(["b.example"], called: "a.example")
        #expect(try !Identity(issued).isFor(host: "a.example"))
        #expect(try !Identity(authority.issue([], called: "a.example")).isFor(host: "a.example"))
    }

    @Test func `with a passphrase is refused, and nobody is asked for it`() throws {
        let key = Key.make(.ec)
        defer { EVP_PKEY_free(key) }
        var issued = authority.issue(["a.example"])
        issued.key = Text.of(key: key, passphrase: "secret")
        try refused(issued, .encrypted, "key.pem is protected by a passphrase")
    }

    @Test func `of what is no PEM is refused`() throws {
        let issued = authority.issue(["a.example"])
        var broken = issued
        broken.certificate = ""
        try refused(broken, .malformed, "cert.pem holds no certificate")
        broken.certificate = issued.key
        try refused(broken, .malformed, "cert.pem holds no certificate")
        // A chain that breaks off.
        broken.certificate = issued.certificate + issued.certificate.prefix(200)
        try refused(broken, .malformed, "cert.pem holds a certificate that cannot be read")
        broken = issued
        broken.key = issued.certificate
        try refused(broken, .malformed, "key.pem holds no private key")
        broken.key = String(issued.key.dropLast(60))
        try refused(broken, .malformed, "key.pem holds")
        broken.key = issued.key.replacing("M", with: "N")
        try refused(broken, .malformed, "key.pem holds a private key that cannot be read")
    }

    @Test func `of files that cannot be read is refused by their names`() throws {
        let folder = Folder()
        let issued = authority.issue(["a.example"])
        let certificate = folder.write(issued.certificate, to: "cert.pem")
        let key = folder.write(issued.key, to: "key.pem")
        _ = try IdentityFiles(certificate: certificate, key: key).identity(at: Moment.now)
        let missing = folder.path("missing")
        try refused(IdentityFiles(certificate: missing, key: key), "\(missing) cannot be read (No such file")
        try refused(IdentityFiles(certificate: certificate, key: missing), "\(missing) cannot be read (No such file")
        try refused(
            IdentityFiles(certificate: folder.path, key: key), "\(folder.path) cannot be read (it is not a file)")
        let pipe = folder.makePipe("pipe")
        try refused(IdentityFiles(certificate: pipe, key: key), "\(pipe) cannot be read (it is not a file)")
        let huge = folder.write(String(repeating: "x", count: (1 << 20) + 1), to: "huge")
        try refused(IdentityFiles(certificate: huge, key: key), "\(huge) cannot be read (it is over 1 MiB")
    }

    private func refused(
        _ issued: Authority.Issued, at time: Int = Moment.now, _ code: TLSError.Code, _ words: String
    ) throws {
        let error = #expect(throws: TLSError.self) { try Identity(issued, at: time) }
        #expect(error?.code == code)
        #expect(error?.description.contains(words) == true, "it is: \(error?.description ?? "")")
        // Nothing is left for the next call to be blamed for.
        #expect(ERR_peek_error() == 0)
    }

    private func refused(_ files: IdentityFiles, _ words: String) throws {
        let error = #expect(throws: TLSError.self) { try files.identity(at: Moment.now) }
        #expect(error?.code == .unreadable)
        #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
    }
}
