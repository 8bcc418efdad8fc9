@testable import Authorization

/// The ways in which a public key is found in files that are not read.
struct Spellings {
    private let made: Made
    private let pem: String

    init(_ made: Made) {
        self.made = made
        pem = made.publicPEM
    }

    var der: [UInt8] { made.publicDER }

    /// The lines of PEM without the first and the last.
    private var lines: [Substring] { pem.split(separator: "\n").filter { !$0.hasPrefix("-----") } }
    /// The same as one.
    var body: String { lines.joined() }

    var hexadecimal: String { der.map(Self.digits).joined() }

    private static func digits(_ byte: UInt8) -> String { String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }

    /// In JSON; of curves, since the numbers of RSA do not matter here.
    var jwk: String { #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"# }

    private var ssh: String {
        func field(_ bytes: some Collection<UInt8>) -> [UInt8] {
            (0..<4).reversed().map { UInt8(bytes.count >> (8 * $0) & 0xFF) } + bytes
        }
        let name = "ssh-ed25519"
        let blob = field(name.utf8) + field(der.suffix(32))
        return name + " " + Self.base64(blob) + " me@here"
    }

    /// SSH without its name and comment.
    private var sshBody: String { String(ssh.split(separator: " ")[1]) }

    private static func base64(_ bytes: some Collection<UInt8>) -> String {
        let text = Base64URL.encode(bytes).replacing("-", with: "+").replacing("_", with: "/")
        return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }

    private static func utf16(_ text: String, isHighFirst: Bool = false) -> [UInt8] {
        text.utf16.flatMap { isHighFirst ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    /// All of them, each with its name. None of them is a key that can be read.
    var all: [(name: String, bytes: [UInt8])] {
        let url = Base64URL.encode(der)
        let texts: [(String, String)] = [
            ("the body", body), ("the body and a line end", body + "\n"),
            ("the body on several lines", lines.joined(separator: "\n") + "\n"),
            ("the same with other line ends", lines.joined(separator: "\r\n") + "\r\n"),
            ("the same with old line ends", lines.joined(separator: "\r")),
            ("the body on several lines after an empty one", "\n\n" + lines.joined(separator: "\n")),
            ("the body with blanks", lines.joined(separator: " ")),
            ("the body with line ends as in JSON", lines.joined(separator: "\\n")),
            ("the body in quotes", "\"" + body + "\""), ("the body in apostrophes", "'" + body + "'"),
            ("the body as a setting", "PUBLIC_KEY=" + body), ("the body as a data URL", "data:;base64," + body),
            ("base64url", url), ("base64url of base64", Base64URL.encode(Self.base64(der).utf8)),
            ("base64 of PEM", Self.base64(pem.utf8)),
            ("base64 of PEM's base64", Self.base64(Self.base64(pem.utf8).utf8)),
            ("base64 of a JWK", Self.base64(jwk.utf8)), ("base64 of SSH", Self.base64(ssh.utf8)),
            ("hexadecimal", hexadecimal), ("hexadecimal capitals", hexadecimal.uppercased()),
            ("hexadecimal with colons", der.map(Self.digits).joined(separator: ":")),
            ("hexadecimal with blanks", der.map(Self.digits).joined(separator: " ")),
            ("hexadecimal with a mark", "0x" + hexadecimal),
            ("SSH", ssh), ("SSH after an empty line", "\n" + ssh), ("SSH after a blank", " " + ssh),
            ("SSH with options", "no-pty " + ssh), ("SSH without its name", sshBody),
            ("SSH of a known host", "host.example,192.0.2.1 " + ssh),
            ("SSH of a curve", "host ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA=="),
            (
                "SSH as RFC 4716 has it",
                "---- BEGIN SSH2 PUBLIC KEY ----\n\(sshBody)\n---- END SSH2 PUBLIC KEY ----\n"
            ),
            ("a JWK in JSON", "\"" + jwk.replacing("\"", with: "\\\"") + "\""),
            ("a JWK after a word", "key=" + jwk),
            ("XML", "<RSAKeyValue><Modulus>\(url)</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>"),
            ("PEM without its first dash", String(pem.dropFirst())),
            ("PEM on one line", String(pem.dropFirst()).replacing("\n", with: "\\n")),
            ("a page", "<!DOCTYPE html>\n<html><title>404 Not Found</title></html>\n"),
            ("a page on one line", "<html><title>404 Not Found</title></html>"),
            ("a URL", "https://issuer.example/keys/public-key.pem"),
        ]
        let bytes: [(String, [UInt8])] = [
            ("DER", der), ("DER and a line end", der + [0x0A]), ("DER and two line ends", der + [0x0D, 0x0A, 0x0A]),
            ("DER after a line end", [0x0A] + der), ("DER cut short", der.dropLast(3)),
            ("a certificate in DER", made.certificateDER),
            ("a JWK in UTF-16", Self.utf16(jwk)),
            ("a JWK in UTF-16, high bytes first", Self.utf16(jwk, isHighFirst: true)),
            ("a JWK in marked UTF-16", [0xFF, 0xFE] + Self.utf16(jwk)),
            ("PEM in marked UTF-16", [0xFE, 0xFF] + Self.utf16(pem, isHighFirst: true)),
            ("PEM in UTF-16", Self.utf16(pem)), ("the body in UTF-16", Self.utf16(body)),
            ("the body in UTF-16 and a line end", Self.utf16(body + "\n")), ("SSH in UTF-16", Self.utf16(ssh)),
            ("the body after a byte order mark", [0xEF, 0xBB, 0xBF] + body.utf8),
            ("a page in Latin-1", Array("<html><title>caf".utf8) + [0xE9] + "</title><body></body></html>".utf8),
        ]
        return texts.map { ($0, Array($1.utf8)) } + bytes
    }
}
