// Owns a reader's place in the log, from where it starts up to the present and on. Must never go on from a position up to
// which it has not read all, nor hold more than a page.

import Answers
import Hub
import Wishes
import Workers

/// Reads the events of some topics for a program, as fast as that asks.
///
/// It is used by one task at a time.
final class HubReader {
    private let binding: HubBinding
    private let wish: Wish
    /// The run of the server to which its position belongs.
    private var run: Int?
    private var filter = EventFilter([])
    /// The topics with whose end it is over; nil if it never is.
    private var endTopics: [TopicName]?
    /// Whether they may have ended since that was last asked.
    private var mayHaveEnded = true
    /// All up to this position is in the page or was before it.
    private var cursor: Position = 0
    /// All up to this position is there to be read.
    private var target: Position = 0
    private var page: [LoggedEvent] = []
    /// How many of the page were handed on.
    private var taken = 0
    /// What comes before the page.
    private var gap: PublishedEvent?
    /// Once it has caught up.
    private var watch: Lookout.Watch?
    private var isOver = false

    /// A page ends with the event that brings it to so many, or so many bytes.
    private static let pageEvents = 256
    private static let pageBytes = 64 << 10

    /// What is to be read.
    struct Wish: Sendable {
        let subject: Subject
        let start: StreamStart

        enum Subject: Sendable {
            case topics([String])
            case inbox(of: String)
        }
    }

    /// What there is to do before there is a page.
    private enum Step {
        /// It may be there, or comes next.
        case again
        /// It comes when this watch says so.
        case watch(Lookout.Watch)
        /// The log cannot be read at present.
        case pause
        /// Nothing comes any more.
        case end
    }

    init(_ binding: HubBinding, _ wish: Wish) {
        self.binding = binding
        self.wish = wish
    }

    /// The next event; nil when there will be none.
    func next() async throws(Hub.Failure) -> PublishedEvent? {
        do throws(Hub.Failure) {
            while !isOver, !Task.isCancelled {
                if let event = ready() { return event }
                switch try await advance() {
                case .again: await Task.yield()
                case .watch(let watch): await wait(for: watch)
                case .pause: try? await Task.sleep(for: .milliseconds(500))
                case .end: finish()
                }
            }
            finish()
            return nil
        } catch {
            finish()
            if error.code == .cancelled { return nil }
            throw error
        }
    }

    /// What was read and not handed on.
    private func ready() -> PublishedEvent? {
        if let event = gap {
            gap = nil
            return event
        }
        while taken < page.count {
            let event = page[taken]
            taken += 1
            if event.draft.isEnd { mayHaveEnded = true }
            // What was given no data fires nothing.
            if !event.draft.isSilent { return PublishedEvent(event) }
        }
        page = []
        taken = 0
        return nil
    }

    private func finish() {
        isOver = true
        page = []
        gap = nil
        watch = nil
    }

    /// Goes one step towards the next page. It asks the server anew each time: none is kept while nothing is read.
    private func advance() async throws(Hub.Failure) -> Step {
        let present = try await binding.run(run)
        let core = present.core
        do throws(HubError) {
            if run == nil {
                if isStopped { return .end }
                try await locate(core, startOf: present)
                run = present.number
            } else if cursor < target {
                try await read(core)
            } else if mayHaveEnded, endTopics != nil {
                if try await haveEnded(core) { return .end }
                mayHaveEnded = false
            } else if let watch {
                return .watch(watch)
            } else {
                target = core.lastPosition
                // First the watch, then another look: nothing that comes between the two is missed.
                if cursor >= target {
                    watch = core.lookout.watch(filter.patterns)
                    target = core.lastPosition
                }
            }
            return .again
        } catch {
            guard error.code == .unavailable else { throw Hub.Failure(error) }
            return .pause
        }
    }

    private typealias Part = (after: Position, through: Position)

    /// Waits for what comes after the cursor.
    private func wait(for watch: Lookout.Watch) async {
        let cursor = cursor
        let part = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Part?, Never>) in
                let wake: @Sendable () -> Void = { continuation.resume(returning: nil) }
                if let part = watch.position(after: cursor, orElse: wake) { continuation.resume(returning: part) }
            }
        } onCancel: {
            watch.rouse()
        }
        if let part { (self.cursor, target) = part }
    }

    // MARK: - The log

    /// Whether its client was told not to come back.
    private var isStopped: Bool {
        if case .after(let id) = wish.start { return EventID(id) == .stop }
        return false
    }

    private func locate(_ core: HubCore, startOf run: HubRun) async throws(HubError) {
        var start: Start?
        switch wish.start {
        // The server was not ready when it was asked for.
        case .now: start = .after(run.start)
        default: start = wish.start.start
        }
        switch wish.subject {
        case .topics(let texts):
            guard !texts.isEmpty else {
                throw HubError(.tooManyTopics, "no topic is asked for: name at least one")
            }
            let patterns = try core.limits.patterns(texts)
            filter = EventFilter(patterns)
            endTopics = patterns.topics
            target = core.lastPosition
        case .inbox(let name):
            let user = try InboxUser(name)
            let watch = core.lookout.watch(inboxOf: user)
            // In this order, so that no change of the topics is missed that is not in what the log tells.
            target = core.lastPosition
            let topics: InboxTopics
            if start != nil {
                topics = try await core.log.inbox(of: user).record.topics
            } else {
                let unread = try await core.log.unreadStart(of: user, within: .everything)
                topics = unread.topics
                start = unread.start
            }
            filter = EventFilter(topics.patterns)
            target = max(target, watch.follow(topics))
            self.watch = watch
        }
        guard let start else {
            throw HubError(
                .badStart, "a stream begins with what is unread only if it is an inbox's: use inbox(of:).events()")
        }
        var request = LocateRequest(filter: filter, start: start, through: core.lastPosition, clock: .present)
        var location = try await core.locate(request)
        while let next = location.next {
            request = next
            await Task.yield()
            location = try await core.locate(request)
        }
        cursor = location.cursor
        gap = location.gap.map { PublishedEvent($0, id: EventID.text(epoch: core.log.epoch, location.cursor)) }
    }

    private func read(_ core: HubCore) async throws(HubError) {
        var through = target
        if case .inbox = wish.subject, let (topics, until) = watch?.takeTurns(through: cursor) {
            if let topics { filter = EventFilter(topics.patterns) }
            if let until { through = min(through, until) }
        }
        let read = try await core.read(
            ReadRequest(
                filter: filter, after: cursor, through: through, events: Self.pageEvents, bytes: Self.pageBytes))
        if let lost = read.lostThrough {
            // Retention was faster than the reader.
            let epoch = core.log.epoch
            gap = PublishedEvent(
                Gap(requested: EventID.text(epoch: epoch, cursor), reason: .expired),
                id: EventID.text(epoch: epoch, lost))
        }
        page = read.events
        cursor = max(cursor, read.cursor)
    }

    /// Whether all topics have ended, and nothing is left to be read.
    private func haveEnded(_ core: HubCore) async throws(HubError) -> Bool {
        guard let endTopics, core.log.hasEnds else { return false }
        return try await core.ends(of: endTopics).allSatisfy { $0.map { $0 <= cursor } ?? false }
    }
}

extension StreamStart {
    /// The same, with now as the present end of the log if the server runs; it stays now if it does not.
    func fixed(by binding: HubBinding) -> StreamStart {
        switch self {
        // An empty id is as good as none.
        case .now, .after(""): binding.present.map { .after($0.core.presentID) } ?? .now
        default: self
        }
    }
}
