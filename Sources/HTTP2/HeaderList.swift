// Owns the form in which nghttp2 takes a head. The bytes must stand still while it looks at them.

import CNGHTTP2
import HTTPMessage

/// A head, as a list of names and values: names in small letters (RFC 9113, section 8.2.1).
struct HeaderList {
    private var bytes: [UInt8] = []
    private var places: [(name: Range<Int>, value: Range<Int>)] = []

    /// A status alone.
    init(status: Int) { add(":status".utf8, String(status).utf8) }

    /// The head of a request, with names in small letters.
    init(request fields: [(name: String, value: String)]) {
        for field in fields { add(field.name.utf8, field.value.utf8) }
    }

    /// The head of a response.
    init(_ head: ResponseHead, date: [UInt8], length: Int?) {
        self.init(status: head.status.code)
        if !date.isEmpty { add("date".utf8, date) }
        if let length, !head.status.forbidsContent { add("content-length".utf8, String(length).utf8) }
        for (name, value) in head.fields {
            let name = name.utf8.map(Self.lower)
            if !Self.ofConnections.contains(where: { $0.utf8.elementsEqual(name) }) { add(name, value.utf8) }
        }
    }

    /// Fields that say something of a connection of HTTP/1.1, and nothing here (RFC 9113, section 8.2.2).
    private static let ofConnections: [String] = [
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    ]

    private static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private mutating func add(_ name: some Sequence<UInt8>, _ value: some Sequence<UInt8>) {
        let start = bytes.count
        bytes += name
        let middle = bytes.count
        bytes += value
        places.append((start..<middle, middle..<bytes.count))
    }

    /// Lends the list to nghttp2, which copies it.
    func withUnsafeNames(_ body: (UnsafePointer<nghttp2_nv>, Int) -> Void) {
        bytes.withUnsafeBufferPointer { bytes in
            let start = UnsafeMutablePointer(mutating: bytes.baseAddress!)
            let list = places.map { place in
                nghttp2_nv(
                    name: start + place.name.lowerBound, value: start + place.value.lowerBound,
                    namelen: place.name.count, valuelen: place.value.count, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
            }
            list.withUnsafeBufferPointer { body($0.baseAddress!, $0.count) }
        }
    }
}
