// Owns what the tests ask of the server beyond its defaults.

import Fanfare
import Gallery

extension Configuration {
    /// Takes over `name=value`; what is no setting of this list is an address to listen on.
    mutating func take(_ argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            listen.append(argument)
            return
        }
        let number = Int(parts[1])
        switch parts[0] {
        case "workers": workers = number
        case "heartbeat": heartbeat = .milliseconds(number ?? 0)
        case "slow-limit-age": slowLimitAge = .milliseconds(number ?? 0)
        case "drain": drain = .milliseconds(number ?? 0)
        case "max-streams-per-user": maxStreamsPerUser = number
        case "tls": tlsSelfSigned = true
        case "cors": cors.append(parts[1])
        case "key-file":
            keyFile.append(parts[1])
            open = false
        case "open-anywhere": openAnywhere = true
        case "files", "gallery", "identifiers", "ledger", "runs": break
        default: fatalError("there is no setting \(parts[0])")
        }
    }
}

extension Gallery.Settings {
    /// `gallery=3000` serves the gallery too, in which what has its time has so many milliseconds of it, and with
    /// `identifiers=3` there is room for so many identifiers of pictures.
    static var brief: Gallery.Settings? {
        guard let time = number("gallery") else { return nil }
        var settings = Gallery.Settings()
        settings.uploadLifetime = .milliseconds(time)
        settings.tokenLifetime = .milliseconds(time)
        settings.uploadIdentifiers = number("identifiers") ?? settings.uploadIdentifiers
        settings.onTableEnd = { Outflow.note("a table ended after \($0) rows") }
        return settings
    }

    private static func number(_ name: String) -> Int? {
        CommandLine.arguments.first { $0.hasPrefix("\(name)=") }.flatMap { Int($0.dropFirst(name.count + 1)) }
    }
}
