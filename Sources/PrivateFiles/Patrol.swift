// Owns when something that changes by itself is looked at. Must never look twice at a time: a look that takes long delays
// the next one.

import Synchronization

/// Has something looked at now and then, and at once when somebody asks for that.
package final class Patrol: Sendable {
    private let looks: AsyncStream<Void>
    private let request: AsyncStream<Void>.Continuation
    private let isAsked = Atomic<Bool>(false)

    /// How often it looks.
    private static let period: Duration = .seconds(2)

    /// Nothing is looked at before it runs.
    package init() { (looks, request) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Has a look taken at once, on any thread; several that are wanted at a time are one.
    package func hurry() { request.yield() }

    /// Has a look taken at once that is told that somebody asked for it, on any thread.
    package func ask() {
        isAsked.store(true, ordering: .releasing)
        request.yield()
    }

    /// Looks at once, and again and again until its task is cancelled. To be called by one task at a time.
    ///
    /// - Parameter look: looks; it is told whether somebody asked for it, who wants to have all read anew.
    package func run(_ look: (_ isAsked: Bool) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [request] in
                repeat { request.yield() } while (try? await Task.sleep(for: Self.period)) != nil
            }
            for await _ in looks { await look(isAsked.exchange(false, ordering: .acquiring)) }
        }
    }
}
