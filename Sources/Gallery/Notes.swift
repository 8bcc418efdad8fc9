// Owns the way of short notes from hooks, which must be quick, to the one task that works on them. Must never hold more than
// it was told to.

import Synchronization

/// Notes that are left on any thread. A server may be run again, and then another task reads them.
final class Notes<Element: Sendable>: Sendable {
    private typealias Pages = (stream: AsyncStream<Element>, continuation: AsyncStream<Element>.Continuation)

    private let most: Int
    private let state: Mutex<(pages: Pages, isRead: Bool)>

    /// - Parameter most: how many are held; of more the newest.
    init(most: Int) {
        self.most = most
        state = Mutex((Self.pages(most), false))
    }

    private static func pages(_ most: Int) -> Pages {
        AsyncStream.makeStream(of: Element.self, bufferingPolicy: .bufferingNewest(most))
    }

    func leave(_ note: Element) { state.withLock(\.pages.continuation).yield(note) }

    /// Those that are left from now on, and for the first who reads those from before. A stream ends with the task that reads
    /// it, and so the next one gets another.
    func read() -> AsyncStream<Element> {
        state.withLock { state in
            if state.isRead { state.pages = Self.pages(most) }
            state.isRead = true
            return state.pages.stream
        }
    }
}
