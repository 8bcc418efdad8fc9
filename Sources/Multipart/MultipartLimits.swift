// Owns the bounds of what a form may make its reader hold or do.

/// How large the parts of a form may be, in bytes or in number. Their bodies are never held, and so have no bound here.
package struct MultipartLimits: Sendable {
    /// The lines before a part's body, with their ends.
    package var headBytes = 8 << 10
    /// Fields of one part's head.
    package var fields = 32
    /// Parts of one form.
    package var parts = 1000

    /// The defaults.
    package init() {}
}
