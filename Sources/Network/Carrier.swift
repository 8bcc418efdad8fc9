// Owns what HTTP/1.1 and HTTP/2 have in common between a request and its answer. Nothing that answers may ask which of the two
// it is.

/// What a request came on, and its answer goes out on. It belongs to its loop's thread.
package enum Carrier {
    /// A connection of HTTP/1.1, which carries one request at a time.
    case http1(Connection)
    /// A stream of HTTP/2, one of many on its connection.
    case http2(HTTP2Stream)

    /// Whether the service's answer is wanted: the client is there, and has had none.
    package var awaitsAnswer: Bool {
        switch self {
        case .http1(let connection): connection.awaitsAnswer
        case .http2(let stream): stream.awaitsAnswer
        }
    }

    /// Counts the requests that it carried, so that an answer that comes late is not taken for another request's.
    package var requestNumber: UInt32 {
        switch self {
        case .http1(let connection): connection.requestNumber
        case .http2: 0
        }
    }

    /// Whether there were more connections than allowed when its connection came.
    package var isSurplus: Bool {
        switch self {
        case .http1(let connection): connection.isSurplus
        case .http2(let stream): stream.isSurplus
        }
    }

    /// Whether its connection ends with the answer, because the request is not read to its end.
    package var mustEnd: Bool {
        switch self {
        case .http1(let connection): connection.mustEnd
        case .http2: false
        }
    }

    /// Whether it speaks TLS.
    package var isSecure: Bool {
        switch self {
        case .http1(let connection): connection.isSecure
        case .http2(let stream): stream.isSecure
        }
    }

    /// Its connection; nil if that is gone.
    var connection: Connection? {
        switch self {
        case .http1(let connection): connection
        case .http2(let stream): stream.connection?.connection
        }
    }

    /// What tells its connection from others, as long as that is there; nil if it is gone.
    package var connectionIdentity: ObjectIdentifier? { connection.map(ObjectIdentifier.init) }

    /// The name under which an event stream's bytes find it.
    package var sink: UInt64 {
        switch self {
        case .http1(let connection): connection.sink
        case .http2(let stream): stream.sink
        }
    }

    /// Whether an answer with so many bytes of body can be held until the client takes it. A small one always can: there
    /// are only so many connections and streams.
    package func canHold(_ count: Int) -> Bool {
        if count <= Self.smallAnswer { return true }
        // What other connections hold counts too: each of them may be somebody who reads nothing.
        if case .http2(let stream) = self, stream.connection?.canHold(count) == false { return false }
        guard let table = connection?.table else { return true }
        return table.answersHeld + count <= table.limits.buffered
    }

    private static var smallAnswer: Int { 4 << 10 }

    /// Has the task that works on the answer go by the client: it is cancelled when that goes, and when nobody waits for the
    /// answer any more.
    package func tie(_ task: Task<Void, Never>) {
        switch self {
        case .http1(let connection): connection.tie(task)
        case .http2(let stream): stream.tie(task)
        }
    }

    /// Hands it, which must await an answer, to a stream: from now on its bytes come from the output.
    ///
    /// - Parameters:
    ///   - handle: the name of the stream, for the service.
    ///   - keepingRequests: whether another request may follow on its connection, where that carries one at a time.
    package func becomeStream(_ handle: UInt64, keepingRequests: Bool = false) {
        switch self {
        case .http1(let connection): connection.becomeStream(handle, keepingRequests: keepingRequests)
        case .http2(let stream): stream.becomeStream(handle)
        }
    }
}
