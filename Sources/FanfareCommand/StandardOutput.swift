/// Standard output and standard error, written through at once: nothing waits in a buffer of this process.
struct StandardOutput: Sendable {
    private let output: Descriptor
    private let errors: Descriptor

    init(output: Descriptor = .standardOutput, errors: Descriptor = .standardError) {
        self.output = output
        self.errors = errors
    }

    /// Writes to standard output.
    ///
    /// - Throws: ``CommandError``; `outputClosed` when its reader has left.
    func write(_ bytes: [UInt8]) throws(CommandError) {
        do throws(SystemError) {
            try output.write(bytes)
        } catch {
            if error.isBrokenPipe { throw CommandError(.outputClosed, "standard output is closed") }
            throw CommandError(.failed, "standard output cannot be written: \(error)")
        }
    }

    func write(_ text: String) throws(CommandError) {
        try write(Array(text.utf8))
    }

    /// Writes one line to standard error; that it cannot be written is nothing one could tell anybody.
    func notice(_ message: String) {
        // Text from the network must not move the cursor, nor look like a line of ours.
        let line = message.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
        try? errors.write(Array("fanfare: \(line)\n".utf8))
    }
}
