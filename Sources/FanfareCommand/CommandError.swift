/// Why a command ends other than done: one line for standard error, and the exit status.
struct CommandError: Error, Sendable, Equatable {
    /// What the exit status tells.
    enum Code: Int32, Sendable {
        /// Whoever reads standard output has left (`… | head`): nothing to say, and nothing went wrong.
        case outputClosed = 0
        /// It was tried, and failed.
        case failed = 1
        /// It was called wrongly, or configured so; nothing was tried.
        case usage = 2
    }

    let code: Code
    /// What happened and what to do, on one line, with no trailing stop.
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
