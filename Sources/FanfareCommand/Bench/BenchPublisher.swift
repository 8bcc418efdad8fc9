internal import HTTPMessage
internal import Network

/// One connection of a run that publishes, with one request on the way. It belongs to the loop's thread.
final class BenchPublisher: ClientConnectionDelegate {
    private unowned let run: BenchRun
    private var connection: ClientConnection?
    private var parser = ResponseParser()
    private var answer: [UInt8] = []
    private var isWaiting = false

    init(_ run: BenchRun) { self.run = run }

    /// Sends a request; the run is told when it is answered.
    func send(_ request: [UInt8]) throws(CommandError) {
        // A hub closes connections that were idle for long, and a slow run leaves them so.
        if connection == nil { connection = try run.connect(from: nil, delegate: self) }
        isWaiting = true
        connection?.send(request)
    }

    func received(_ bytes: Span<UInt8>, on connection: ClientConnection) {
        var offset = 0
        while true {
            switch parser.next(bytes, from: &offset) {
            case .needsMore: return
            case .head: answer = []
            case .body(let range):
                if answer.count + range.count <= Problem.limit {
                    for index in range { answer.append(bytes[index]) }
                }
            case .end: finish()
            case .failed(let error): run.fail("an answer to a publish is not HTTP: \(error.detail)")
            }
        }
    }

    func ended(_ connection: ClientConnection, because error: NetworkError?) {
        self.connection = nil
        parser.reset()
        guard isWaiting else { return }
        run.fail("a publish got no answer: \(error.map(\.description) ?? "the hub closed the connection")")
    }

    private func finish() {
        isWaiting = false
        let status = parser.head.status.code
        guard (200..<300).contains(status) else {
            run.fail("not published: \(Problem.message(status: status, body: answer))")
            return
        }
        if !parser.head.keepAlive {
            connection?.close()
            connection = nil
            parser.reset()
        }
        run.acknowledged(by: self)
    }
}
