extension OptionTable {
    /// What the environment sets.
    ///
    /// - Parameter isStrict: whether a variable that begins as ours and is no option of any command is an error.
    /// - Throws: ``CommandError`` that names the variable.
    func settings(
        environment: [String: String], isStrict: Bool = false, ignoring others: Set<String> = []
    ) throws(CommandError) -> [OptionSetting] {
        let known = options.filter { $0.places.contains(.environment) }
        if isStrict {
            // In order, so that the same environment always gives the same message.
            for variable in environment.keys.sorted()
            where variable.hasPrefix("FANFARE_") && !others.contains(variable)
                && !Self.isOfKubernetes(variable, in: environment)
                && !known.contains(where: { $0.variable == variable })
            {
                // Without what all begin with, which would make any two look alike.
                let name = variable.dropFirst("FANFARE_".count).lowercased().replacing("_", with: "-")
                let nearest = Spelling.nearest(to: name, in: known.map(\.name))
                let hint =
                    nearest.map { "did you mean \(OptionDefinition<Target>.variable(for: $0))?" }
                    ?? "'fanfare help \(command.rawValue)' lists all options"
                throw CommandError(.usage, "unknown variable \(variable) in the environment; \(hint)")
            }
        }
        return known.compactMap { option in
            guard let text = environment[option.variable] else { return nil }
            let values: [String]
            if case .list = option.form {
                values =
                    text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
            } else {
                values = [text]
            }
            return OptionSetting(name: option.name, values: values, source: .environment)
        }
    }

    /// Whether Kubernetes put it there: for a service named `fanfare…` every pod gets `FANFARE…_SERVICE_HOST` and its like.
    private static func isOfKubernetes(_ variable: String, in environment: [String: String]) -> Bool {
        environment.keys.contains { other in
            guard other.hasPrefix("FANFARE"), other.hasSuffix("_SERVICE_HOST") else { return false }
            let service = other.dropLast("_SERVICE_HOST".count)
            return variable.hasPrefix("\(service)_SERVICE_") || variable == "\(service)_PORT"
                || variable.hasPrefix("\(service)_PORT_")
        }
    }
}
