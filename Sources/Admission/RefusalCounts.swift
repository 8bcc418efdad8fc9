// Owns how often what was refused. Each kind of problem has a place in the table below; what is answered must be counted
// where answers go out, and nowhere else.

import Authorization
import Synchronization

/// Counts refused requests by the kind of their problem, on all workers together.
///
/// A browser's stream that is turned away, which is answered 200, counts as the problem that others would get.
package final class RefusalCounts: Sendable {
    /// The kinds of problems there are, in the order in which they are told: limits, tokens, permissions, the hub's own
    /// state, and requests that are not as they should be.
    package static let kinds = limits + TokenError.Code.allCases.map(\.kind) + others

    private static let limits = [
        "too-many-connections", "streams-per-address", "streams-per-user", "publish-rate",
        "body-too-large", "event-too-large", "head-too-large", "target-too-long", "too-many-lines", "too-many-topics",
        "too-many-answers", "too-slow", "busy",
    ]
    private static let others = [
        "token-missing", "token-ambiguous", "not-permitted", "keys-unavailable", "misdirected", "foreign-origin",
        "reserved-topic",
        "draining", "log-unavailable", "failed",
        "bad-request", "unknown-expectation", "unknown-version", "not-implemented", "tls-expected",
        "not-found", "method-not-allowed", "not-acceptable", "unsupported-media-type", "missing-parameter",
        "precondition-failed", "range-not-satisfiable", "not-readable", "bad-multipart", "part-too-large", "no-room",
        "bad-json", "bad-event", "unknown-member", "id-conflict", "topic-ended", "bad-key",
        "key-reused", "bad-topic", "no-topic", "bad-start", "bad-user", "bad-inbox", "inbox-and-topics", "not-in-inbox",
        "bad-id", "unknown-epoch",
    ]
    /// Problems of a program's own routes.
    package static let other = "other"

    private static let places = Dictionary(uniqueKeysWithValues: zip(kinds, kinds.indices))

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    private let sum = Atomic<Int>(0)
    private let counters = (0...kinds.count).map { _ in Counter() }

    /// Makes counters that have counted nothing.
    package init() {}

    /// Counts one refusal.
    package func add(_ kind: String) {
        counters[Self.places[kind] ?? Self.kinds.count].value.add(1, ordering: .relaxed)
        sum.add(1, ordering: .releasing)
    }

    /// How many there were of a kind.
    func count(of kind: String) -> Int {
        counters[Self.places[kind] ?? Self.kinds.count].value.load(ordering: .relaxed)
    }

    /// How many there were in all.
    package var total: Int { sum.load(ordering: .acquiring) }

    /// How many there were of each kind, `other` at the end.
    package var all: [(kind: String, count: Int)] {
        zip(Self.kinds + [Self.other], counters).map { ($0, $1.value.load(ordering: .relaxed)) }
    }
}
