/// `fanfare bench`: measures a hub.
enum Bench {
    static func run(
        _ arguments: [String], environment: [String: String], output: StandardOutput
    ) async throws(CommandError) {
        throw CommandError(.failed, "bench is not connected yet")
    }
}
