// Owns the translation of a request's head into the text of HTTP/1.1, so that one reader judges both. Must never let a
// value of the one become a line of the other.

import HTTPMessage

/// Collects the fields of a request's head.
struct HeadText {
    private var method: [UInt8] = []
    private var path: [UInt8] = []
    private var authority: [UInt8] = []
    private var fields: [UInt8] = []
    private var cookies: [UInt8] = []
    private var size = 0
    private var mostBytes = 0
    private var fault: MessageError?
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
        fault = nil
        self.stream = stream
    }

    /// Whether the method is HEAD, as far as it is known.
    var isHead: Bool { method.elementsEqual("HEAD".utf8) }

    /// Adds a field or a pseudo-header; beyond the limit it only counts.
    ///
    /// - Returns: whether it may go on: not once the head is several times as large as allowed.
    mutating func add(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        // As RFC 9113, section 6.5.2, counts.
        size += name.count + value.count + 32
        if size > mostBytes { return size <= 4 * mostBytes }
        if value.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) || name.contains(where: { $0 <= 0x20 }) {
            refuse("A field has a control character: take it out.")
        } else if name.first == UInt8(ascii: ":") {
            addPseudo(name, value)
        } else if name.elementsEqual("cookie".utf8) {
            // Crumbs of one field (section 8.2.3).
            if !cookies.isEmpty { cookies += "; ".utf8 }
            cookies += value
        } else if name.elementsEqual("host".utf8), !authority.isEmpty {
            // What it says is in `:authority` already, or it contradicts it.
            if !value.elementsEqual(authority) { refuse("Host and :authority differ: send one of them.") }
        } else {
            fields += name
            fields += ": ".utf8
            fields += value
            fields += "\r\n".utf8
        }
        return true
    }

    private mutating func addPseudo(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        if value.contains(0x20) || value.contains(0x09) {
            refuse("A pseudo-header has a blank: percent-encode it.")
        } else if name.elementsEqual(":method".utf8) {
            method = Array(value)
        } else if name.elementsEqual(":path".utf8) {
            path = Array(value)
            // Another form would name an authority of its own (section 8.3.1).
            if value.first != UInt8(ascii: "/") && !value.elementsEqual("*".utf8) {
                refuse("The path is none: it begins with a slash.")
            }
        } else if name.elementsEqual(":authority".utf8) {
            authority = Array(value)
        } else if name.elementsEqual(":scheme".utf8) {
            if !value.elementsEqual("https".utf8) && !value.elementsEqual("http".utf8) {
                refuse("The scheme is neither http nor https.")
            }
        }
    }

    private mutating func refuse(_ detail: String) { fault = fault ?? MessageError(.badRequest, detail) }

    /// A head that was begun will not become whole.
    mutating func abandon() { stream = 0 }

    /// The head's text, or what is wrong with it.
    mutating func finish() -> Result<[UInt8], MessageError> {
        stream = 0
        if size > mostBytes {
            return .failure(
                MessageError(.headTooLarge, "The head has more than \(mostBytes) bytes: send fewer or shorter fields."))
        }
        if let fault { return .failure(fault) }
        if path.isEmpty || method.isEmpty {
            // nghttp2 lets no other request through without one.
            return .failure(MessageError(.notImplemented, "CONNECT is for proxies, and this is none."))
        }
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
        return .success(text)
    }
}
