// What an option is: one entry of a command's table, from which everything else about it follows.

/// One option of a command that fills a `Target`.
struct OptionDefinition<Target>: Sendable {
    /// How its value is written.
    enum Form: Sendable, Equatable {
        /// `--name`, or `--name=true` and `--name=false`.
        case flag
        /// One value; given again, the last one counts. The string is what stands for the value in the help.
        case value(String)
        /// Several values: given again on the command line, parted by commas in the environment, an array in a file.
        case list(String)
    }

    /// Where it can be set.
    struct Places: OptionSet, Sendable {
        let rawValue: Int
        static var commandLine: Self { .init(rawValue: 1) }
        static var environment: Self { .init(rawValue: 2) }
        static var file: Self { .init(rawValue: 4) }
        static var everywhere: Self { [.commandLine, .environment, .file] }
    }

    /// As on the command line, without the dashes.
    let name: String
    let form: Form
    /// What it does, in a line or two.
    let help: String
    var places: Places = .everywhere
    /// Reads the values of one source into the target; for a flag `true` or `false`.
    let store: @Sendable (inout Target, [String]) throws(OptionValueError) -> Void
    /// The target's value as one would write it, or in words when there is none to write.
    let show: @Sendable (Target) -> String

    /// Its name in the environment.
    var variable: String { Self.variable(for: name) }

    static func variable(for name: String) -> String {
        "FANFARE_" + name.uppercased().split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
    }

    /// The same option, settable only there.
    func only(_ places: Places) -> Self {
        var copy = self
        copy.places = places
        return copy
    }
}

/// What is wrong with a value, said so that it can follow the value's name.
struct OptionValueError: Error, Sendable, Equatable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
