// Owns one certificate and what is read from it. It judges no chain: whom to trust is for the other side to say.

import COpenSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A certificate (RFC 5280).
final class Certificate: @unchecked Sendable {
    // SAFETY: never changed once made, and freed by the last who holds it; OpenSSL guards what it works out later.
    let x509: OpaquePointer

    /// Takes a certificate over.
    init(owning x509: OpaquePointer) { self.x509 = x509 }

    deinit { X509_free(x509) }

    /// When it begins to be valid, and when it ends, in seconds since 1970.
    var validity: (from: Int, until: Int) {
        (Self.seconds(X509_get0_notBefore(x509)), Self.seconds(X509_get0_notAfter(x509)))
    }

    /// Whether it is for a host, by the names it has as such (RFC 9525); a wildcard stands for one label, if it counts.
    func isFor(host: UnsafePointer<CChar>, countingWildcards: Bool = true) -> Bool {
        let flags = UInt32(
            (countingWildcards ? X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS : X509_CHECK_FLAG_NO_WILDCARDS)
                | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
        return X509_check_host(x509, host, strlen(host), flags, nil) == 1
    }

    /// Whether it is for an address, written without brackets.
    func isFor(address: String) -> Bool { X509_check_ip_asc(x509, address, 0) == 1 }

    /// The names it is for, in an order of their own: comparing them is all they are good for.
    var names: [[UInt8]] {
        let place = X509_get_ext_by_NID(x509, NID_subject_alt_name, -1)
        guard place >= 0, let found = X509_get_ext(x509, place), let value = X509_EXTENSION_get_data(found) else {
            return []
        }
        let list = UnsafeBufferPointer(start: ASN1_STRING_get0_data(value), count: Int(ASN1_STRING_length(value)))
        // A sequence of names (RFC 5280 section 4.2.1.6); what is none is one name as a whole.
        guard let whole = Self.element(of: list[...]), whole.end == list.endIndex else {
            return [Array(list)]
        }
        var names: [[UInt8]] = []
        var rest = whole.content
        while let name = Self.element(of: rest) {
            names.append(Array(rest[..<name.end]))
            rest = rest[name.end...]
        }
        return rest.isEmpty ? names.sorted { $0.lexicographicallyPrecedes($1) } : [Array(list)]
    }

    /// The first element of some DER (X.690 section 8.1); nil if there is none in full.
    private static func element(
        of bytes: Slice<UnsafeBufferPointer<UInt8>>
    ) -> (end: Int, content: Slice<UnsafeBufferPointer<UInt8>>)? {
        guard bytes.count >= 2 else { return nil }
        var (start, length) = (bytes.startIndex + 2, Int(bytes[bytes.startIndex + 1]))
        if length >= 0x80 {
            let digits = bytes[start...].prefix(length & 0x7F)
            guard digits.count == length & 0x7F, digits.count <= 4 else { return nil }
            length = digits.reduce(0) { $0 << 8 | Int($1) }
            start = digits.endIndex
        }
        guard length <= bytes.endIndex - start else { return nil }
        return (start + length, bytes[start..<start + length])
    }

    /// Whom it is about, in one line.
    var subject: String {
        var text = [CChar](repeating: 0, count: 256)
        guard X509_NAME_oneline(X509_get_subject_name(x509), &text, CInt(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Its fingerprint as other programs show it: SHA-256, in hexadecimal with colons.
    var fingerprint: String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(x509, EVP_sha256(), &digest, &count) == 1 else { return "" }
        let digits = Array("0123456789ABCDEF")
        return digest.prefix(Int(count)).map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined(separator: ":")
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int {
        var (days, seconds): (Int32, Int32) = (0, 0)
        let epoch = ASN1_TIME_set(nil, 0)
        defer { ASN1_STRING_free(epoch) }
        // A time that cannot be read is one that was long ago: nothing is valid by it.
        guard let epoch, let time, ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return .min }
        return Int(days) * 86_400 + Int(seconds)
    }
}

/// A time as people read it: RFC 3339, in UTC.
func dateText(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    guard gmtime_r(&time, &parts) != nil else { return "\(seconds) s after 1970" }
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return
        "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
}
