// Owns whose connections and requests they are, where that is not who is at the other end. Costs nothing where no proxy
// says anything, and must never outlive what it is about.

package import Proxies

/// What proxies said of a worker's connections and requests. It belongs to its loop's thread.
struct Clients {
    /// By the PROXY protocol, by the slot of the connection.
    private var announced: [Int32: ClientAddress] = [:]
    /// In the head of the request that is worked on, or that became a stream: by its sink.
    private var forwarded: [UInt64: ClientAddress] = [:]
    /// Headers of the PROXY protocol of which a part has come.
    private var parsers: [Int32: ProxyHeaderParser] = [:]

    func announced(_ connection: Connection) -> ClientAddress? {
        announced.isEmpty ? nil : announced[connection.slot]
    }

    mutating func announce(_ connection: Connection, as client: ClientAddress?) {
        if let client { announced[connection.slot] = client }
    }

    func forwarded(_ sink: UInt64) -> ClientAddress? { forwarded.isEmpty ? nil : forwarded[sink] }

    mutating func forward(_ sink: UInt64, for client: ClientAddress?) {
        if let client { forwarded[sink] = client } else { forget(sink: sink) }
    }

    mutating func takeParser(of connection: Connection) -> ProxyHeaderParser {
        parsers.removeValue(forKey: connection.slot) ?? ProxyHeaderParser()
    }

    mutating func keep(_ parser: ProxyHeaderParser, of connection: Connection) { parsers[connection.slot] = parser }

    mutating func forget(_ connection: Connection) {
        forget(sink: connection.sink)
        if !announced.isEmpty { announced[connection.slot] = nil }
        if !parsers.isEmpty { parsers[connection.slot] = nil }
    }

    mutating func forget(sink: UInt64) {
        if !forwarded.isEmpty { forwarded[sink] = nil }
    }
}

extension Connections {
    /// The address of the client whose request something carries, as far as it is known: what a trusted proxy said of
    /// the request, else what one said of the connection, else the other side's own.
    package func client(of carrier: Carrier) -> ClientAddress? {
        clients.forwarded(carrier.sink) ?? carrier.connection.flatMap(origin)
    }

    /// The address of the client of an event stream.
    package func client(of sink: UInt64) -> ClientAddress? {
        if let client = clients.forwarded(sink) { return client }
        let connection = sink & HTTP2Stream.mark == 0 ? connection(of: sink) : stream(of: sink)?.connection?.connection
        return connection.flatMap(origin)
    }

    /// Where a connection comes from: who announced it said so, or nobody announced it and it is the other side.
    package func origin(of connection: Connection) -> ClientAddress? {
        clients.announced(connection) ?? connection.peer
    }

    /// Where the connection of a request comes from.
    package func origin(of carrier: Carrier) -> ClientAddress? { carrier.connection.flatMap(origin) }

    /// Takes down what a trusted proxy says of the request that something carries; nil if it says nothing. It holds until
    /// the next request, or for as long as the event stream that becomes of it.
    package func note(_ client: ClientAddress?, asClientOf carrier: Carrier) {
        clients.forward(carrier.sink, for: client)
    }
}
