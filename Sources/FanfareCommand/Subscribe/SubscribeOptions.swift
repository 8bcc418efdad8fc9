/// What `fanfare subscribe` can be told.
struct SubscribeOptions: Sendable {
    var url = HubURL.local
    var trust = HubTrust()
    var token: HubToken?
    /// Given as operands.
    var topics: [String] = []
    var lastEventID: String?
    var since: String?
    var json = false

    static let table = OptionTable<SubscribeOptions>(
        command: .subscribe,
        options: [
            .hubURL(\.url), .trustedFile(\.trust.file), .blindTrust(\.trust.isBlind), .hubToken(\.token),
            OptionDefinition.value(
                "last-event-id", "ID", \.lastEventID, "begin after this event", read: readID, show: { $0 ?? "" }
            ).only(.commandLine),
            OptionDefinition.text(
                "since", "SINCE", \.since, orElse: "now",
                "begin at 'earliest', with the last so many events (50), so long ago (10m), or at a time"
            ).only(.commandLine),
            OptionDefinition.flag("json", \.json, "print an object a line: {\"id\",\"type\",\"data\"}").only(
                .commandLine),
        ])

    static let note = """
        Prints each event's data until interrupted. A stream that breaks is taken up again after the last event printed.
        A TOPIC may be a pattern: * stands for one segment, a last ** for one or more.
        """

    private static func readID(_ text: String) throws(OptionValueError) -> String? {
        guard text.utf8.allSatisfy({ $0 != 0x0A && $0 != 0x0D && $0 != 0 }) else {
            throw OptionValueError("an id holds no line end and no NUL")
        }
        return text
    }
}
