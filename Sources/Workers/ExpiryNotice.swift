// Owns the judgement whether it is time to say that a certificate ends. Must never let that come as a surprise, nor fill
// the log with it.

import Settings

/// Remembers what was said of certificates that end soon: a hub runs for longer than they are valid.
struct ExpiryNotice {
    /// When something was last said of a certificate, by its fingerprint, and whether it had ended by then.
    private var said: [String: (time: Int, isOver: Bool)] = [:]

    /// A certificate that is valid no longer than this, in seconds, is worth a word.
    static let shortNotice = 14 * 86_400
    /// The word is said anew after this time, in seconds.
    static let pause = 86_400

    /// How loud to say that a certificate ends; nil if nothing is to be said now.
    ///
    /// - Parameters:
    ///   - fingerprint: which certificate.
    ///   - until: when it ends, in seconds since 1970.
    ///   - now: the time.
    mutating func level(of fingerprint: String, until: Int, at now: Int) -> Logger.Level? {
        guard until - now < Self.shortNotice else { return nil }
        let isOver = now >= until
        if let last = said[fingerprint], last.isOver == isOver, (0..<Self.pause).contains(now - last.time) {
            return nil
        }
        said[fingerprint] = (now, isOver)
        return isOver ? .error : .warning
    }
}
