// Owns what the tests ask of the server beyond its defaults.

import Fanfare

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
        case "files": break
        default: fatalError("there is no setting \(parts[0])")
        }
    }
}
