internal import EventStream
internal import HTTPClient

/// `fanfare subscribe`: prints events until interrupted.
enum Subscribe {
    @MainActor
    static func run(
        _ arguments: [String], environment: [String: String], output: StandardOutput
    ) async throws(CommandError) {
        let table = SubscribeOptions.table
        let parsed = try table.parse(arguments)
        if parsed.asksForHelp {
            return try output.write(table.help(defaults: SubscribeOptions(), note: SubscribeOptions.note))
        }
        let settings = try table.settings(environment: environment) + parsed.settings
        var (options, _) = try table.apply(settings, to: SubscribeOptions())
        options.topics = parsed.operands
        guard !options.topics.isEmpty else {
            throw CommandError(.usage, "subscribe to what? give a TOPIC, or a pattern as '**' for all")
        }
        let subscription = options
        _ = try await cancelledBySignals { @MainActor () throws(CommandError) in
            try await withClient(trusting: subscription.trust) { (client) throws(CommandError) in
                try await follow(subscription, client: client, output: output)
            }
        }
    }

    /// Connects, prints, waits, and connects again.
    @MainActor
    private static func follow(
        _ options: SubscribeOptions, client: HTTPClient, output: StandardOutput
    ) async throws(CommandError) {
        var session = SubscribeSession(options)
        while !Task.isCancelled {
            let response: HTTPClient.Response?
            let action: SubscribeSession.HeadAction
            do throws(HTTPClientError) {
                let head = try await client.send(session.request)
                action = session.receive(
                    status: head.status, contentType: head["Content-Type"], retryAfter: head["Retry-After"],
                    jitter: .random(in: 0...1))
                response = head
            } catch {
                guard error.code != .cancelled else { return }
                action = session.connectFailed(error, jitter: .random(in: 0...1))
                response = nil
            }
            switch (action, response) {
            case (.readStream, let response?):
                try await read(response.body, of: &session, asJSON: options.json, output: output)
                guard !Task.isCancelled else { return }
                await pause(session.streamEnded(), output: output)
            case (.retry(let wait), _):
                await pause(wait, output: output)
            case (.giveUp, let response?):
                throw CommandError(.failed, "not subscribed: \(try await problem(of: response))")
            case (.fail(let error), _):
                throw error
            case (.finish, _), (.readStream, nil), (.giveUp, nil):
                return
            }
        }
    }

    /// Prints a stream's events until it ends, whether well or by a lost connection.
    @MainActor
    private static func read(
        _ body: HTTPClient.Body, of session: inout SubscribeSession, asJSON: Bool, output: StandardOutput
    ) async throws(CommandError) {
        var iterator = body.makeAsyncIterator()
        while true {
            let chunk: [UInt8]
            do throws(HTTPClientError) {
                guard let next = try await iterator.next() else { return }
                chunk = next
            } catch {
                return
            }
            var events: [ReceivedEvent] = []
            // What came before an error counts, and is printed before it is told.
            var failure: CommandError?
            do throws(CommandError) {
                try session.receive(chunk) { events.append($0) }
            } catch {
                failure = error
            }
            for event in events {
                if !asJSON, let notice = EventText.gapNotice(of: event) {
                    output.notice(notice)
                } else {
                    try output.write(EventText.bytes(of: event, asJSON: asJSON))
                }
            }
            if let failure { throw failure }
        }
    }

    private static func problem(of response: HTTPClient.Response) async throws(CommandError) -> String {
        do throws(HTTPClientError) {
            return try await response.problem()
        } catch {
            throw CommandError(.failed, error.message)
        }
    }

    private static func pause(_ wait: SubscribeSession.Wait, output: StandardOutput) async {
        if let notice = wait.notice { output.notice(notice) }
        // Cancellation ends the wait, and the loop looks at it next.
        try? await Task.sleep(for: wait.duration)
    }
}
