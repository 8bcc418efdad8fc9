// Owns where those are sent who ask in clear. Must never send anyone to a host that they did not name.

import Answers
import HTTPMessage
import Network

/// Sends requests that come in clear to the address at which TLS is spoken. Each request asks whether there is one of
/// these: a reference is quicker to look at than what is in it.
final class TLSRedirect: Sendable {
    /// The server's own address, for those who name no host.
    private let address: SocketAddress

    /// - Parameter address: where the server speaks TLS.
    init(to address: SocketAddress) { self.address = address }

    /// The answer: the same host, path and query over TLS, and the same method (RFC 9110, 15.4.9).
    func answer(to head: borrowing RequestHead) -> Answer {
        let own = address.bytes.count == 4 ? address.host : "[\(address.host)]"
        let host = Authority(head.host)?.host ?? own
        let port = address.port == 443 ? "" : ":\(address.port)"
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
