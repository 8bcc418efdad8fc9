// Owns what may be printed of a URL that somebody wrote. Must never let anything through that may be secret, however badly
// the URL is written: what may belong to a password is taken for one.

/// A text that should be a URL and may not be one, as it may be shown: without who is named before the host, and without
/// its query, where a token may be.
package struct ShownURL: Sendable, CustomStringConvertible {
    package let description: String

    /// Leaves out what may be secret; an ellipsis stands where too little is left to tell what is.
    package init(_ text: String) {
        let scheme = Self.scheme(of: text)
        let plain = text[scheme.endIndex...].prefix { $0 != "?" && $0 != "#" }
        if let at = plain.lastIndex(of: "@") {
            description = String(scheme + plain[at...].dropFirst())
        } else {
            // A name or a password may hold such a sign itself.
            description = String(scheme + (text.contains("@") ? "…" : plain))
        }
    }

    /// What a URL begins with, as `https://`; empty if that is something else.
    private static func scheme(of text: String) -> Substring {
        guard let end = text.firstRange(of: "://") else { return text.prefix(0) }
        let isName = text[..<end.lowerBound].utf8.allSatisfy {
            ASCII.isLetter($0) || ASCII.isDigit($0) || [ASCII.plus, UInt8(ascii: "-"), UInt8(ascii: ".")].contains($0)
        }
        return isName ? text[..<end.upperBound] : text.prefix(0)
    }
}
