// Owns where those are sent who ask in clear. Must never send anyone to a host that they did not name.

package import Answers
package import HTTPMessage

/// Sends requests that come in clear to the address at which TLS is spoken. Each request asks whether there is one of
/// these: a reference is quicker to look at than what is in it.
package final class TLSRedirect: Sendable {
    /// The server's own address, for those who name no host.
    private let host: String
    private let port: UInt16

    /// - Parameters:
    ///   - host: the address where the server speaks TLS, as a URL has it.
    ///   - port: its port.
    package init(to host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// The answer: the same host, path and query over TLS, and the same method (RFC 9110, 15.4.9).
    package func answer(to head: borrowing RequestHead) -> Answer {
        let host = Authority(head.host)?.host ?? host
        let port = port == 443 ? "" : ":\(port)"
        let path = head.path == "*" ? "/" : head.path
        let query = head.rawQuery.map { "?\($0)" } ?? ""
        var answer = Answer(.permanentRedirect)
        // Its query may hold a token, which nobody on the way is to keep.
        if !query.isEmpty { answer.add([(.cacheControl, "no-store")]) }
        do throws(MessageError) {
            try answer.add(FieldName.location.spelling, "https://\(host)\(port)\(path)\(query)")
        } catch {
            return Problem(error).answer
        }
        return answer
    }
}
