// Owns the translation of a request's head into the text of HTTP/1.1, so that one reader judges both. Must never let a
// value of the one become a line of the other.

/// Collects the fields of a request's head.
struct HeadText {
    private var method: [UInt8] = []
    private var path: [UInt8] = []
    private var authority: [UInt8] = []
    private var fields: [UInt8] = []
    private var cookies: [UInt8] = []
    private var size = 0
    private var mostBytes = 0
    private var isSound = true
    /// The stream whose fields are being collected; 0 while none are.
    private(set) var stream: Int32 = 0

    /// Begins with a new head.
    mutating func begin(_ stream: Int32, mostBytes: Int) {
        method.removeAll(keepingCapacity: true)
        path.removeAll(keepingCapacity: true)
        authority.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        cookies.removeAll(keepingCapacity: true)
        size = 0
        self.mostBytes = mostBytes
        isSound = true
        self.stream = stream
    }

    /// Adds a field or a pseudo-header; beyond the limit it only counts.
    mutating func add(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        // As RFC 9113, section 6.5.2, counts.
        size += name.count + value.count + 32
        if size > mostBytes { return }
        if value.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) || name.contains(where: { $0 <= 0x20 }) {
            isSound = false
        } else if name.first == UInt8(ascii: ":") {
            addPseudo(name, value)
        } else if name.elementsEqual("cookie".utf8) {
            // Crumbs of one field (section 8.2.3).
            if !cookies.isEmpty { cookies += "; ".utf8 }
            cookies += value
        } else if name.elementsEqual("host".utf8), !authority.isEmpty {
            // What it says is in `:authority` already, or it contradicts it.
            if !value.elementsEqual(authority) { isSound = false }
        } else {
            fields += name
            fields += ": ".utf8
            fields += value
            fields += "\r\n".utf8
        }
    }

    private mutating func addPseudo(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        if value.contains(0x20) || value.contains(0x09) { isSound = false }
        if name.elementsEqual(":method".utf8) {
            method = Array(value)
        } else if name.elementsEqual(":path".utf8) {
            path = Array(value)
        } else if name.elementsEqual(":authority".utf8) {
            authority = Array(value)
        }
    }

    /// A head that was begun will not become whole.
    mutating func abandon() { stream = 0 }

    /// The head's text; one that cannot be read if the request is malformed, and `nil` if it is too large.
    mutating func finish() -> [UInt8]? {
        stream = 0
        if size > mostBytes { return nil }
        guard isSound, !method.isEmpty, !path.isEmpty else { return Array("\r\n\r\n \r\n".utf8) }
        var text: [UInt8] = []
        text.reserveCapacity(size)
        text += method
        text += " ".utf8
        text += path
        text += " HTTP/1.1\r\n".utf8
        if !authority.isEmpty {
            text += "Host: ".utf8
            text += authority
            text += "\r\n".utf8
        }
        text += fields
        if !cookies.isEmpty {
            text += "Cookie: ".utf8
            text += cookies
            text += "\r\n".utf8
        }
        text += "\r\n".utf8
        return text
    }
}
