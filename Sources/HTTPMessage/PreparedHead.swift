// Owns the bytes of a head that is sent many times within a second. Must never be used for a request that is not usual.

/// A response's head, written in advance but for the length of its body: for requests whose context `isUsual`.
package struct PreparedHead: Sendable {
    private let beforeLength: [UInt8]

    /// Writes a head in advance.
    ///
    /// - Parameters:
    ///   - head: its status must allow content.
    ///   - date: the value of the Date field.
    package init(_ head: ResponseHead, date: [UInt8]) {
        var bytes: [UInt8] = []
        var context = ResponseContext()
        context.keepAlive = true
        _ = head.write(to: &bytes, answering: context, content: .length(0), date: date)
        precondition(bytes.suffix(Self.zeroLength.count).elementsEqual(Self.zeroLength), "the length comes last")
        bytes.removeLast(Self.zeroLength.count)
        beforeLength = bytes
    }

    private static let zeroLength = Array("0\r\n\r\n".utf8)

    /// Appends the head of a response whose body has so many octets.
    package func append(to buffer: inout [UInt8], length: Int) {
        buffer.append(contentsOf: beforeLength)
        ResponseHead.appendDecimal(length, to: &buffer)
        buffer.append(contentsOf: "\r\n\r\n".utf8)
    }
}
