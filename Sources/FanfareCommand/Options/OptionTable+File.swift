internal import JSONText

extension OptionTable {
    /// What a configuration file sets: a JSON object with a member an option.
    ///
    /// - Throws: ``CommandError`` that names the file and the member.
    func settings(file path: String, contents: [UInt8]) throws(CommandError) -> [OptionSetting] {
        let value: JSONValue
        do throws(JSONTextError) {
            value = try JSONValue(parsing: contents)
        } catch {
            throw CommandError(.usage, "\(path) is not JSON: \(error.message)")
        }
        guard let members = value.members else {
            throw CommandError(.usage, "\(path) is not a JSON object; write {\"retain-age\": \"24h\"}")
        }
        var settings: [OptionSetting] = []
        for member in members {
            guard let option = options.first(where: { $0.name == member.name && $0.places.contains(.file) }) else {
                let names = options.filter { $0.places.contains(.file) }.map(\.name)
                let hint =
                    Spelling.nearest(to: member.name, in: names).map { "did you mean \"\($0)\"?" }
                    ?? "'fanfare help \(command.rawValue)' lists all options"
                throw CommandError(.usage, "\(path): unknown key \"\(member.name)\"; \(hint)")
            }
            let source = OptionSource.file(path)
            guard let values = Self.values(of: member.value, for: option.form) else {
                let wanted = Self.wanted(by: option.form)
                throw CommandError(.usage, "\(source.place(of: option.name)): not \(wanted)")
            }
            settings.append(OptionSetting(name: option.name, values: values, source: source))
        }
        return settings
    }

    /// The values as they would stand on the command line; `nil` for a kind of JSON value that cannot be meant.
    private static func values(of value: JSONValue, for form: OptionDefinition<Target>.Form) -> [String]? {
        switch (form, value) {
        case (.flag, .bool(let isOn)): [isOn ? "true" : "false"]
        case (.flag, .string(let text)): [text]
        case (.value, .string(let text)), (.value, .number(let text)): [text]
        case (.list, .string(let text)): [text]
        case (.list, .array(let elements)):
            elements.allSatisfy { $0.string != nil } ? elements.compactMap(\.string) : nil
        default: nil
        }
    }

    private static func wanted(by form: OptionDefinition<Target>.Form) -> String {
        switch form {
        case .flag: "true or false"
        case .value: "a string or a number"
        case .list: "an array of strings"
        }
    }
}
