// Owns the judgement that files have changed and are whole. It looks at stamps alone, which somebody else takes.

/// Watches the stamps of files that belong together. Whoever replaces them replaces one after the other: a change counts
/// when two looks in a row see the same.
package struct ChangeWatch: Sendable {
    /// What was read, or tried.
    private var used: [FileStamp?]
    /// What the last look saw.
    private var seen: [FileStamp?]

    /// The files as they were just before they were read.
    package init(_ stamps: [FileStamp?]) {
        used = stamps
        seen = stamps
    }

    /// Looks at the files, and tells whether to read them now: once for each change, or whenever it is asked for.
    package mutating func look(_ stamps: [FileStamp?], isAsked: Bool) -> Bool {
        let isSettled = stamps == seen
        seen = stamps
        guard isAsked || (isSettled && stamps != used) else { return false }
        used = stamps
        return true
    }
}
