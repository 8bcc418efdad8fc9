import Hub

/// Why a log in a file cannot be opened, read or written.
package struct SQLiteLogError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure this is.
    package enum Code: Sendable, Equatable {
        /// The file is something else than a log of this hub's.
        case foreign
        /// A newer version of the hub wrote the file.
        case newer
        /// Another hub has the log open.
        case inUse
        /// The disk, the system or SQLite refused.
        case failed
    }

    /// The kind.
    package let code: Code
    /// What happened and what to do, for an operator.
    package let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// Nothing is taken or answered any more.
    static let closed = SQLiteLogError(.failed, "it is closed")

    /// The refusal that readers get.
    var readRefusal: HubError { HubError(.unavailable, "the log cannot be read at present: \(description); try again") }

    /// The refusal that publishers get.
    var refusal: HubError {
        HubError(
            .unavailable, "the log cannot take events at present: \(description). Nothing was acknowledged; try again")
    }

    /// The refusal that they get who change an inbox.
    var changeRefusal: HubError {
        HubError(.unavailable, "the log cannot be written at present: \(description). Nothing was changed; try again")
    }
}
