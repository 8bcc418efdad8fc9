internal import HTTPClient

/// `fanfare publish`: sends events and prints their ids.
enum Publish {
    @MainActor
    static func run(
        _ arguments: [String], environment: [String: String], output: StandardOutput
    ) async throws(CommandError) {
        let table = PublishOptions.table
        let parsed = try table.parse(arguments)
        if parsed.asksForHelp {
            return try output.write(table.help(defaults: PublishOptions(), note: PublishOptions.note))
        }
        let settings = try table.settings(environment: environment) + parsed.settings
        let (options, _) = try table.apply(settings, to: PublishOptions())
        let source = try options.source(parsed.operands)
        try await withClient(trusting: options.trust) { @MainActor (client) throws(CommandError) in
            switch source {
            case .data(let data):
                var batch = PublishBatch(options)
                batch.add(data)
                try await send(batch, client: client, output: output)
            case .lines:
                try await sendLines(of: .standardInput, options, client: client, output: output)
            }
        }
    }

    /// Sends lines as they come: what is there at once goes in one request, and the next is read when it is answered.
    @MainActor
    private static func sendLines(
        of input: Descriptor, _ options: PublishOptions, client: HTTPClient, output: StandardOutput
    ) async throws(CommandError) {
        var lines = EventLines()
        var waiting: [String] = []
        var acknowledged = 0
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var isOpen = true
        while isOpen || !waiting.isEmpty {
            var batch = PublishBatch(options)
            var taken = 0
            repeat {
                while taken < waiting.count, !batch.isFull {
                    batch.add(waiting[taken])
                    taken += 1
                }
                guard taken == waiting.count, isOpen, !batch.isFull else { break }
                waiting = []
                taken = 0
                // Waits only while there is nothing to send.
                guard batch.isEmpty || input.isReadable else { break }
                let count = try read(input, into: &buffer)
                if count == 0 {
                    isOpen = false
                    lines.finish { waiting.append($0) }
                } else {
                    try lines.take(buffer[..<count]) { waiting.append($0) }
                }
            } while true
            waiting.removeFirst(taken)
            guard !batch.isEmpty else { continue }
            do throws(CommandError) {
                try await send(batch, client: client, output: output)
            } catch {
                guard error.code == .failed, batch.count + acknowledged > 1 else { throw error }
                throw CommandError(
                    .failed,
                    "\(error.message); lines \(acknowledged + 1) to \(acknowledged + batch.count) were not acknowledged"
                )
            }
            acknowledged += batch.count
        }
    }

    private static func read(_ input: Descriptor, into buffer: inout [UInt8]) throws(CommandError) -> Int {
        do throws(SystemError) {
            return try input.read(into: &buffer)
        } catch {
            throw CommandError(.failed, "standard input cannot be read: \(error)")
        }
    }

    /// Sends a batch and prints its ids.
    @MainActor
    private static func send(
        _ batch: PublishBatch, client: HTTPClient, output: StandardOutput
    ) async throws(CommandError) {
        let ids: [String]
        do {
            let response = try await client.send(batch.request)
            guard response.status < 400 else {
                throw CommandError(.failed, "not published: \(try await response.problem())")
            }
            ids = try batch.ids(status: response.status, body: try await response.body.collect(upTo: 4 << 20))
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.failed, "not published: \(error)")
        }
        try output.write(ids.map { $0 + "\n" }.joined())
    }
}

/// Runs `body` with an HTTP client of this program's name.
@MainActor
func withClient(
    trusting trust: HubTrust, _ body: @MainActor (HTTPClient) async throws(CommandError) -> Void
) async throws(CommandError) {
    var options = HTTPClient.Options()
    options.userAgent = "fanfare/\(Version.number)"
    options.trustedFile = trust.file
    options.verifiesTLS = !trust.isBlind
    do {
        try await withHTTPClient(options) { try await body($0) }
    } catch let error as CommandError {
        throw error
    } catch {
        throw CommandError(.failed, "\(error)")
    }
}
