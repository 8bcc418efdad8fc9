/// Why a ``Configuration`` cannot be served.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The option of `fanfare serve` whose value is at fault, without its dashes.
    public let option: String
    /// What is wrong with it and what to write instead; no trailing stop.
    public let message: String

    /// The option and the message.
    public var description: String { "\(option): \(message)" }

    init(_ option: String, _ message: String) {
        self.option = option
        self.message = message
    }
}
