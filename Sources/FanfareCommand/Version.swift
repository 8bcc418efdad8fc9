/// The one place where the version stands.
enum Version {
    static let number = "0.1.0"

    /// What `fanfare version` prints.
    static let line = "fanfare \(number) (Swift \(swift), \(system))"

    private static var swift: String {
        #if compiler(>=6.5)
            "6.5 or later"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    private static var system: String {
        #if os(Linux)
            "Linux"
        #elseif os(macOS)
            "macOS"
        #else
            "unknown system"
        #endif
    }
}
