// Owns the spellings of keys that are not read here, but must be known again: others know a public key, so no text of one
// may pass for a secret. Leaves no copy of what it looked at in memory.

internal import COpenSSL

/// A form in which a key is not read.
enum KeySpelling: String {
    case der = "DER"
    case base64 = "PEM without its first and last line"
    case hexadecimal = "hexadecimal digits"
    case ssh = "SSH"
    case json = "JSON within something else"
    case pem = "PEM that is damaged"
    case utf16 = "UTF-16"

    /// The spelling in which bytes hold a key, or are the letters for others that do; nil if they hold none.
    ///
    /// - Parameter depth: how often letters may stand for letters.
    init?(in bytes: ArraySlice<UInt8>, depth: Int = 2) {
        func isFound(_ bytes: ArraySlice<UInt8>) -> Bool { KeySpelling(in: bytes, depth: depth - 1) != nil }
        if let found = bytes.withUnsafeBufferPointer(Self.mark) {
            self = found
        } else if Self.isDER(bytes) {
            self = .der
        } else if bytes.starts(with: "ssh-".utf8) {
            self = .ssh
        } else if depth > 0, Letters.base64.stand(in: bytes, for: isFound) {
            self = .base64
        } else if depth > 0, Letters.hexadecimal.stand(in: bytes, for: isFound) {
            self = .hexadecimal
        } else {
            return nil
        }
    }

    /// What stands in each public key in DER; a nil is for any byte.
    private static let algorithms: [[UInt8?]] = [
        [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01],  // RSA and its signatures (RFC 8017 appendix C)
        [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01],  // elliptic curves (RFC 5480 section 2.1.1)
        [0x30, 0x05, 0x06, 0x03, 0x2B, 0x65],  // Ed25519 and its like (RFC 8410 section 3)
        [0x30, 0x82, nil, nil, 0x02, 0x82],  // RSA alone: a sequence that begins with a large number
    ]

    /// What stands in keys that are text.
    private static let words: [(text: [UInt8], spelling: KeySpelling)] =
        ["ssh-rsa", "ssh-dss", "ssh-ed25519", "ssh-ed448", "ecdsa-sha2-"].map { (Array($0.utf8), .ssh) }
        + [(Array("\"kty\"".utf8), .json), (Array("BEGIN ".utf8), .pem)]

    /// What begins at some place in the bytes that only keys have; nil if nothing does.
    private static func mark(in bytes: UnsafeBufferPointer<UInt8>) -> KeySpelling? {
        for start in 0..<bytes.count {
            switch bytes[start] {
            case 0x06, 0x30:
                if algorithms.contains(where: { begins($0, bytes, at: start) }) { return .der }
            case UInt8(ascii: "s"), UInt8(ascii: "e"), UInt8(ascii: "\""), UInt8(ascii: "B"):
                if let word = words.first(where: { begins($0.text, bytes, at: start) }) { return word.spelling }
            default: continue
            }
        }
        return nil
    }

    private static func begins(_ mark: [UInt8?], _ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        guard start + mark.count <= bytes.count else { return false }
        for index in mark.indices {
            if let byte = mark[index], byte != bytes[start + index] { return false }
        }
        return true
    }

    /// The same of a text; zeros do not count, which in UTF-16 stand between its letters.
    private static func begins(_ text: [UInt8], _ bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        var end = 0
        for place in start..<bytes.count where bytes[place] != 0 {
            if bytes[place] != text[end] { return false }
            end += 1
            if end == text.count { return true }
        }
        return false
    }

    /// Whether it is a sequence of DER that is as long as it says and begins with another or with a number (X.690 section
    /// 8.1); a line end may come after it.
    private static func isDER(_ bytes: ArraySlice<UInt8>) -> Bool {
        let start = bytes.startIndex
        guard bytes.count > 4, bytes[start] == 0x30 else { return false }
        let digits = bytes[start + 1] < 0x80 ? 0 : Int(bytes[start + 1] & 0x7F)
        guard digits <= 3, bytes.count > 2 + digits else { return false }
        let length =
            digits == 0
            ? Int(bytes[start + 1]) : bytes[(start + 2)..<start + 2 + digits].reduce(0) { $0 << 8 | Int($1) }
        let content = bytes.dropFirst(2 + digits)
        guard let first = content.first, first == 0x30 || first == 0x02, length <= content.count else { return false }
        return content.dropFirst(length).allSatisfy { $0 == 0x0A || $0 == 0x0D } && content.count - length <= 2
    }

    /// What to do to have it read.
    var advice: String {
        switch self {
        case .der:
            "it has to be in PEM: openssl pkey -inform DER -in FILE -out NEW (with -pubin if it is public)"
        case .base64: "put -----BEGIN PUBLIC KEY----- before it and -----END PUBLIC KEY----- after it"
        case .hexadecimal: "it has to be in PEM: xxd -r -p FILE DER; openssl pkey -inform DER -in DER -out NEW"
        case .ssh: "it has to be in PEM: ssh-keygen -e -m PKCS8 -f FILE"
        case .json: "the file has to begin with its {"
        case .pem: "its first line has to be like -----BEGIN PUBLIC KEY-----"
        case .utf16: "it has to be in UTF-8: iconv -f UTF-16 -t UTF-8 FILE"
        }
    }
}

extension KeySpelling {
    /// How bytes are written as letters.
    private enum Letters {
        case base64, hexadecimal

        /// How many bits a letter has, and how many letters have whole bytes.
        var width: Int { self == .base64 ? 6 : 4 }
        var period: Int { self == .base64 ? 4 : 2 }

        /// The value of a letter; nil if it is none. Both alphabets of base64 are one here.
        func value(_ letter: UInt8) -> UInt8? {
            switch (self, letter) {
            case (.hexadecimal, UInt8(ascii: "0")...UInt8(ascii: "9")): letter - UInt8(ascii: "0")
            case (.hexadecimal, UInt8(ascii: "A")...UInt8(ascii: "F")): letter - UInt8(ascii: "A") + 10
            case (.hexadecimal, UInt8(ascii: "a")...UInt8(ascii: "f")): letter - UInt8(ascii: "a") + 10
            case (.hexadecimal, _): nil
            case (.base64, UInt8(ascii: "A")...UInt8(ascii: "Z")): letter - UInt8(ascii: "A")
            case (.base64, UInt8(ascii: "a")...UInt8(ascii: "z")): letter - UInt8(ascii: "a") + 26
            case (.base64, UInt8(ascii: "0")...UInt8(ascii: "9")): letter - UInt8(ascii: "0") + 52
            case (.base64, UInt8(ascii: "+")), (.base64, UInt8(ascii: "-")): 62
            case (.base64, UInt8(ascii: "/")), (.base64, UInt8(ascii: "_")): 63
            case (.base64, _): nil
            }
        }

        /// What may stand between two letters without meaning anything.
        func isSkipped(_ letter: UInt8) -> Bool {
            letter <= 0x20 || self == .hexadecimal && letter == UInt8(ascii: ":")
        }

        /// Whether any run of letters stands for bytes that are as they are asked to be, wherever in the run they begin.
        func stand(in text: ArraySlice<UInt8>, for isSought: (ArraySlice<UInt8>) -> Bool) -> Bool {
            var bytes = [UInt8](repeating: 0, count: text.count)
            defer { OPENSSL_cleanse(&bytes, bytes.count) }
            for offset in 0..<period {
                var (skipped, bits, held, end) = (0, UInt32(0), 0, 0)
                func isFound() -> Bool { end >= 16 && isSought(bytes[..<end]) }
                for letter in text where !isSkipped(letter) {
                    guard let value = value(letter) else {
                        if isFound() { return true }
                        (skipped, bits, held, end) = (0, 0, 0, 0)
                        continue
                    }
                    if skipped < offset {
                        skipped += 1
                        continue
                    }
                    bits = bits << UInt32(width) | UInt32(value)
                    held += width
                    guard held >= 8 else { continue }
                    held -= 8
                    bytes[end] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
                    end += 1
                }
                if isFound() { return true }
            }
            return false
        }
    }
}
