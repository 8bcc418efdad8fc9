// Owns what a worker remembers of tokens, so that one that comes again costs little. Must never keep a token itself, nor
// more of them than it is told.

import Authorization

/// Tokens that were verified, by their digests. It belongs to its worker's thread.
struct TokenMemory {
    private var recent: [SHA256Digest: Grant] = [:]
    private var older: [SHA256Digest: Grant] = [:]
    private let most: Int

    /// - Parameter most: about how many are remembered at least; twice as many at most.
    init(most: Int = 2048) { self.most = most }

    /// What was granted to a token, if it is remembered.
    mutating func grant(of token: SHA256Digest) -> Grant? {
        if let grant = recent[token] { return grant }
        guard let grant = older[token] else { return nil }
        add(grant, of: token)
        return grant
    }

    /// Remembers what was granted to a token.
    mutating func add(_ grant: Grant, of token: SHA256Digest) {
        if recent.count >= most {
            older = recent
            recent = [:]
        }
        recent[token] = grant
    }

    /// Forgets all.
    mutating func removeAll() {
        recent = [:]
        older = [:]
    }
}
