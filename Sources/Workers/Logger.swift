// Owns the form of log lines. No value may begin a line or a field of its own.

import Hub
import JSONText
import Network

/// Writes the server's log lines to standard error, one line an occurrence. Tokens are never handed to it.
package struct Logger: Sendable {
    package let format: Format
    package let level: Level

    package init(format: Format, level: Level) {
        self.format = format
        self.level = level
    }

    /// How lines look.
    package enum Format: Sendable {
        case text, json
    }

    /// How severe a line is, from the least to the most.
    package enum Level: String, Sendable, CaseIterable {
        case debug, info, warning, error
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

extension Logger.Level: Comparable {
    /// From the least severe to the most.
    package static func < (one: Self, other: Self) -> Bool {
        allCases.firstIndex(of: one)! < allCases.firstIndex(of: other)!
    }
}
