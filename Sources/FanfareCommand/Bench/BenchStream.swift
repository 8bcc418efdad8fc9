internal import HTTPMessage
internal import Network

/// One stream of a run. It belongs to the loop's thread.
final class BenchStream: ClientConnectionDelegate {
    private unowned let run: BenchRun
    private var connection: ClientConnection?
    private var reader: StreamReader

    /// How many events of the run came, each counted once.
    var count: Int { reader.events.count }

    /// Connects and asks for the topic's events.
    init(_ run: BenchRun, topic: Int, from source: SocketAddress?) throws(CommandError) {
        self.run = run
        reader = StreamReader(EventCounter(run: run.number, topic: UInt32(topic), size: run.plan.options.size))
        let request = try run.requests.subscribe(toTopic: topic)
        connection = try run.connect(from: source, delegate: self)
        connection?.send(request)
    }

    func received(_ bytes: Span<UInt8>, on connection: ClientConnection) {
        let wasOpen = reader.isOpen
        let outcome = reader.read(bytes, at: Process.nanoseconds, into: &run.deliveries)
        if reader.isOpen, !wasOpen { run.streamOpened() }
        switch outcome {
        case .goesOn: return
        case .ended: end("the hub ended a stream")
        case .broken(let detail): end("a stream is not HTTP: \(detail)")
        case .refused(let problem):
            close()
            run.fail("a stream was not opened: \(problem)")
        }
    }

    func ended(_ connection: ClientConnection, because error: NetworkError?) {
        if let error, !reader.isOpen {
            run.fail("no stream from \(run.plan.target.url.text): \(error); is a hub running there?")
        } else {
            end(error.map { "a stream broke off: \($0)" } ?? "the hub closed the connection of a stream")
        }
    }

    private func end(_ reason: String) {
        close()
        run.streamEnded(because: reason)
    }

    private func close() {
        connection?.close()
        connection = nil
    }
}
