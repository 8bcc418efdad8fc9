// Owns the form of log lines. No value may begin a line or a field of its own.

import Hub
import JSONText
import Network
package import Settings

/// Writes the server's log lines to standard error, one line an occurrence. Tokens are never handed to it.
package struct Logger: Sendable {
    /// How severe a line is.
    package typealias Level = Configuration.LogLevel

    private let format: Configuration.LogFormat
    /// The least severe line that is written.
    package let level: Level

    /// A log as a configuration wants it.
    package init(_ configuration: Configuration) {
        format = configuration.logFormat
        level = configuration.logLevel
    }

    /// Writes a line, if the level is wanted.
    ///
    /// - Parameters:
    ///   - level: how severe it is.
    ///   - message: what happened, in a sentence without the particulars.
    ///   - fields: the particulars.
    package func write(_ level: Level, _ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(level, message, fields: fields)
    }

    /// Writes a line whose particulars nobody knows before, if the level is wanted.
    package func write(
        _ level: Level, _ message: String, fields: some Sequence<(key: String, value: String)>
    ) {
        guard level >= self.level else { return }
        let time = Timestamp.text(Process.time)
        switch format {
        case .text:
            var line = "\(time) \(level.rawValue) \(message)"
            for (name, value) in fields { line += " \(name)=\(Self.quoted(value))" }
            Process.writeError(line + "\n")
        case .json:
            var json = JSONWriter()
            json.beginObject()
            json.key("time")
            json.string(time)
            json.key("level")
            json.string(level.rawValue)
            json.key("message")
            json.string(message)
            for (name, value) in fields {
                json.key(name)
                json.string(value)
            }
            json.endObject()
            Process.writeError(String(decoding: json.finish(), as: UTF8.self) + "\n")
        }
    }

    /// A value as it may stand in a line: whatever could begin another field or line is in quotes and escaped.
    private static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 < 0x7F }
        return isPlain ? value : JSONText.quoted(value)
    }
}
