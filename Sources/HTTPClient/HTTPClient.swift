// HTTP requests out, on libcurl. One thread owns every handle of libcurl (`CurlThread`); this file is what callers
// see of it. It never blocks its caller, and never follows a redirect with anything but a GET.

/// Performs HTTP requests; made by ``withHTTPClient(_:_:)`` and usable until that scope ends.
package struct HTTPClient: Sendable {
    /// What holds for every request of a client.
    package struct Options: Sendable {
        /// How long name resolution, connecting and the TLS handshake may take together.
        package var connectTimeout: Duration = .seconds(10)
        /// Bytes of a body that wait for their reader before the socket is no longer read.
        package var bodyBuffer: Int = 64 << 10
        /// How long a connection that carries no request is kept for the next one, in whole seconds.
        package var idleConnection: Duration = .seconds(60)
        /// How many redirects of a GET are followed; 0 follows none.
        package var maxRedirects: Int = 5
        /// Whether a server's certificate must be valid for its name.
        package var verifiesTLS: Bool = true
        /// A file of the certificates to trust, in PEM; nil for those that the system trusts.
        package var trustedFile: String?
        /// The `User-Agent` of requests that give none.
        package var userAgent: String = "fanfare"

        /// The defaults.
        package init() {}
    }

    private let thread: CurlThread
    private let options: Options

    init(thread: CurlThread, options: Options) {
        self.thread = thread
        self.options = options
    }

    /// Sends a request and returns when the head of its response is here; the body follows as it is read.
    ///
    /// There is no limit of time once connected. Cancelling the task ends the transfer at once, and so does
    /// letting go of the response's body.
    ///
    /// - Throws: ``HTTPClientError``; a status of 400 or more is a response, not an error.
    package func send(_ request: Request) async throws(HTTPClientError) -> Response {
        let transfer = Transfer(request: request, options: options, thread: thread)
        // From here on the lease ends the transfer, whatever way this scope is left.
        let lease = TransferLease(transfer)
        let head = try await transfer.head()
        return Response(status: head.status, fields: head.fields, body: Body(lease: lease))
    }
}

/// Runs `body` with a client whose thread and connections end with it; responses still open fail with `closed`.
package func withHTTPClient<Value>(
    _ options: HTTPClient.Options = .init(),
    _ body: (HTTPClient) async throws -> Value
) async throws -> Value {
    let thread = try CurlThread()
    let result: Result<Value, any Error>
    do {
        result = .success(try await body(HTTPClient(thread: thread, options: options)))
    } catch {
        result = .failure(error)
    }
    await thread.stop()
    return try result.get()
}
