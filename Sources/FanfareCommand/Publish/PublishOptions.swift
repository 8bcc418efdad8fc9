internal import TimerWheel

/// What `fanfare publish` can be told.
struct PublishOptions: Sendable {
    var url = HubURL.local
    var trust = HubTrust()
    var token: HubToken?
    var topics: [String] = []
    var type: String?
    var id: String?
    var retry: Duration?

    static let table = OptionTable<PublishOptions>(
        command: .publish,
        options: [
            .hubURL(\.url), .trustedFile(\.trust.file), .blindTrust(\.trust.isBlind), .hubToken(\.token),
            OptionDefinition.list("topic", "TOPIC", \.topics, orElse: "", "where to publish; may be repeated").only(
                .commandLine),
            OptionDefinition.text(
                "type", "TYPE", \.type, orElse: "", "the events' type; browsers call it 'message' by default"
            )
            .only(.commandLine),
            OptionDefinition.text("id", "ID", \.id, orElse: "", "the event's id, in place of one that the hub makes")
                .only(.commandLine),
            OptionDefinition.value(
                "retry", "DURATION", \.retry, "the wait before a reconnect that readers of the events are told",
                read: { (text) throws(OptionValueError) in try DurationText.read(text) }, show: { _ in "" }
            ).only(.commandLine),
        ])

    static let note = """
        DATA is one event. With '-', or no DATA, each line of standard input is an event, sent as it comes.
        The events' ids are printed, one a line, once the hub has them.
        """
}

/// What is to be published.
enum PublishSource: Sendable, Equatable {
    case data(String)
    /// Each line of standard input.
    case lines
}

extension PublishOptions {
    /// What the operands ask for.
    ///
    /// - Throws: ``CommandError`` for options that do not go together.
    func source(_ operands: [String]) throws(CommandError) -> PublishSource {
        guard !topics.isEmpty else { throw CommandError(.usage, "publish where? give --topic TOPIC") }
        guard operands.count <= 1 else {
            throw CommandError(.usage, "DATA is one argument: put quotes around it, or give lines on standard input")
        }
        if let data = operands.first, data != "-" { return .data(data) }
        if id != nil { throw CommandError(.usage, "--id names one event: give DATA, not lines of standard input") }
        return .lines
    }
}
