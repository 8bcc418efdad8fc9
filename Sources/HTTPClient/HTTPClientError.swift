// Owns the words for what goes wrong with a request, and the sorting of libcurl's many codes. Of a URL that can be asked
// it must never show more than where it leads: the rest may hold secrets.

internal import CLibcurl
internal import HTTPMessage

/// Why a request got no response, or its body no end.
package struct HTTPClientError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is: enough to decide whether trying again can help.
    package enum Code: Sendable {
        /// The URL or a field cannot be sent; trying again cannot help.
        case invalidRequest
        /// The host's name has no address.
        case unknownHost
        /// Nobody accepts connections there.
        case unreachable
        /// Not connected within the time for it.
        case timedOut
        /// The TLS handshake failed, or the certificate is not trusted; trying again cannot help.
        case untrusted
        /// The connection was lost before the response was complete.
        case connectionLost
        /// What came is not a response that HTTP allows.
        case invalidResponse
        /// More redirects than are followed.
        case tooManyRedirects
        /// The body is longer than its reader allows.
        case tooLarge
        /// The task was cancelled, or the response let go.
        case cancelled
        /// The client's scope has ended.
        case closed
        /// Anything else that libcurl reports.
        case other
    }

    /// What kind of failure it is.
    package let code: Code
    /// What happened and what to do, for a person; no trailing stop.
    package let message: String

    /// The message.
    package var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension HTTPClientError {
    static func invalidURL(_ url: String) -> Self {
        Self(.invalidRequest, "'\(url)' is no URL that can be asked; write http://HOST:PORT or https://HOST")
    }

    /// Translates libcurl's verdict on a transfer; `detail` is its own text, `url` what was asked.
    init(_ result: CURLcode, detail: String, url: String) {
        let place = Origin(ofURL: url)?.description ?? "'\(url)'"
        switch result {
        case CURLE_URL_MALFORMAT:
            self = .invalidURL(url)
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self.init(.unknownHost, "\(place): the host's name has no address; check its spelling (\(detail))")
        case CURLE_COULDNT_CONNECT:
            self.init(.unreachable, "\(place): nothing answers there; is it running, and is the address right?")
        case CURLE_OPERATION_TIMEDOUT:
            self.init(.timedOut, "\(place): no connection in time; is the address right, and does a firewall drop it?")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CACERT_BADFILE:
            self.init(.untrusted, "\(place): no trusted connection; check the certificate and its name (\(detail))")
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            self.init(.connectionLost, "\(place): the connection was lost before the answer was complete (\(detail))")
        // The URL's own protocol was checked before: this one was found in a redirect, or in what came instead of a head.
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING:
            self.init(.invalidResponse, "\(place): what answers there does not speak HTTP (\(detail))")
        case CURLE_TOO_MANY_REDIRECTS:
            self.init(.tooManyRedirects, "\(place): redirected too often; ask the address that it leads to")
        default:
            self.init(.other, "\(place): \(detail)")
        }
    }
}
