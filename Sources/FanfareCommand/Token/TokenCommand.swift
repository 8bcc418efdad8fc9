internal import Authorization
internal import Network

/// `fanfare token`: makes a token, or looks into one.
enum TokenCommand {
    static func run(_ arguments: [String], output: StandardOutput) throws(CommandError) {
        let table = TokenOptions.table
        let parsed = try table.parse(arguments)
        if parsed.asksForHelp {
            return try output.write(table.help(defaults: TokenOptions(), note: TokenOptions.note))
        }
        let (options, _) = try table.apply(parsed.settings, to: TokenOptions())
        // An operand may be a token: it is not shown.
        guard parsed.operands.isEmpty else {
            throw CommandError(
                .usage, "token takes options only; to look into a token, give --inspect TOKEN or --inspect -")
        }
        let keys = try options.keyFile.map { (path) throws(CommandError) in try readKeys(path) }
        let now = Process.time / 1000
        guard let inspected = options.inspect else {
            guard let keys else { throw CommandError(.usage, "signed with what? give --key-file FILE") }
            return try output.write(try TokenDraft(options).token(signedWith: keys, at: now) + "\n")
        }
        try options.validateForInspection()
        let text = inspected == "-" ? try readToken() : inspected
        let report = try TokenReport(text, at: now)
        try output.write(report.text)
        guard let keys else {
            return try output.write("Its signature was not checked; give --key-file to do so.\n")
        }
        let verdict = report.verdict(of: keys, by: options.rules)
        if let verdict { throw CommandError(.failed, "\(options.keyFile ?? ""): \(verdict.message)") }
        try output.write("It was signed with a key of \(options.keyFile ?? ""), and is good.\n")
    }

    private static func readKeys(_ path: String) throws(CommandError) -> [Key] {
        let bytes = try FileContents.read(path)
        do throws(AuthorizationError) {
            return try KeySet.read(bytes, name: path)
        } catch {
            throw CommandError(.failed, error.description)
        }
    }

    /// All of standard input, but for white space around the token.
    private static func readToken() throws(CommandError) -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        do throws(SystemError) {
            while text.count <= 64 << 10 {
                let count = try Descriptor.standardInput.read(into: &buffer)
                if count == 0 { break }
                text += buffer[..<count]
            }
        } catch {
            throw CommandError(.failed, "standard input cannot be read: \(error)")
        }
        let start = text.drop { $0 <= 0x20 }
        let end = start.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? start.startIndex
        return String(decoding: start[..<end], as: UTF8.self)
    }
}

extension TokenOptions {
    /// Refuses options that say what a token is to be, beside one that is there already.
    fileprivate func validateForInspection() throws(CommandError) {
        let others = [
            ("alg", algorithm != nil), ("kid", kid != nil), ("user", user != nil), ("publish", !publish.isEmpty),
            ("subscribe", !subscribe.isEmpty), ("admin", admin), ("expires", expires != nil),
        ]
        if let other = others.first(where: \.1) {
            throw CommandError(
                .usage, "--\(other.0) is for making a token, and --inspect looks into one: give one of them")
        }
        if keyFile == nil, issuer != nil || audience != nil {
            throw CommandError(
                .usage, "--issuer and --audience are checked with the signature: give --key-file as well")
        }
    }
}
