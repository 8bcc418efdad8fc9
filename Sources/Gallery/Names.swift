// Owns what people may be called. What looks at characters as a whole must never be used here: a mark that follows "/" makes
// one character of both.

extension String {
    /// Whether it is good as a name: 1 to so many characters, of which some can be seen, none ends a line, and none turns
    /// the direction of what stands beside it.
    func isName(upTo most: Int, without foreign: String = "") -> Bool {
        (1...most).contains(count) && utf8.count <= 4 * most && !isBlank
            && unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: false
                default: !scalar.properties.isBidiControl && !foreign.unicodeScalars.contains(scalar)
                }
            }
    }

    /// Whether nothing of it can be seen.
    var isBlank: Bool {
        unicodeScalars.allSatisfy { scalar in
            scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
                || scalar.properties.generalCategory == .control
        }
    }
}
