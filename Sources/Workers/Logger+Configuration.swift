// Owns what a configuration's words for the log mean to it.

package import Settings

extension Logger {
    /// A log as a configuration wants it.
    package init(_ configuration: Configuration) {
        self.init(format: Format(configuration.logFormat), level: Level(configuration.logLevel))
    }
}

extension Logger.Format {
    fileprivate init(_ format: Configuration.LogFormat) {
        self =
            switch format {
            case .text: .text
            case .json: .json
            }
    }
}

extension Logger.Level {
    fileprivate init(_ level: Configuration.LogLevel) {
        self =
            switch level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            }
    }
}
