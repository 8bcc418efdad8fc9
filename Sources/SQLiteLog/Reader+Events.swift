// Owns how events are found in the file: by the index of topics where the topics are named, else one after the other.

import Hub
import Synchronization

extension Reader {
    /// A page of what the index has; what comes after it is in the tail, and asked for next.
    func read(_ request: ReadRequest, _ file: FileState) throws(SQLiteLogError) -> ReadPage {
        let from = max(request.after, file.first - 1)
        let lost = from > request.after ? from : nil
        let through = max(from, min(request.through, file.indexed))
        var page = PageBuilder(request)
        if through == from { return page.page(through: from, lost: lost) }
        var walk = EventWalk(request.takesBlocks ? statements.blocks : statements.events)
        defer { walk.end() }
        // Up to here all that was asked for is in the page.
        var cursor = from
        do throws(SQLiteLogError) {
            if let topics = request.filter.exactTopics {
                try readTopics(topics, request, through, &walk, &page, &cursor)
            } else if request.filter.patterns.contains(where: \.isEverything) {
                try readAll(request, through, &walk, &page, &cursor)
            } else {
                try readPatterns(request, through, &walk, &page, &cursor)
            }
        } catch {
            // What comes before the place that cannot be read is not to be lost with it.
            if page.isEmpty { throw error }
        }
        return page.page(through: cursor, lost: lost)
    }

    /// Reads some events one after the other.
    private func readAll(
        _ request: ReadRequest, _ through: Position, _ walk: inout EventWalk, _ page: inout PageBuilder,
        _ cursor: inout Position
    ) throws(SQLiteLogError) {
        var epochs = EpochCursor(shared.epochs)
        let end = min(through, cursor + request.filter.eventsAStep)
        while cursor < end {
            let isFull = try add(&walk, at: cursor + 1, to: &page, request, &epochs)
            cursor += 1
            if isFull { return }
        }
    }

    /// Looks at the topics of some events one after the other, and reads those that match: what nobody asked for may be
    /// long.
    private func readPatterns(
        _ request: ReadRequest, _ through: Position, _ walk: inout EventWalk, _ page: inout PageBuilder,
        _ cursor: inout Position
    ) throws(SQLiteLogError) {
        var epochs = EpochCursor(shared.epochs)
        let end = min(through, cursor + request.filter.eventsAStep)
        let privatePatterns = request.filter.privatePatterns
        let rows = privatePatterns == nil ? statements.forwards : statements.forwardsWithPrivacy
        rows.bind(cursor + 1, at: 1)
        rows.bind(end, at: 2)
        defer { rows.reset() }
        while try rows.step() {
            var patterns = request.filter.patterns
            if let privatePatterns, !rows.isNull(2) { patterns = privatePatterns }
            guard EventRow.matches(patterns, rows.bytes(1)) else { continue }
            let position = rows.int(0)
            cursor = position - 1
            let isFull = try add(&walk, at: position, to: &page, request, &epochs, isShown: true)
            cursor = position
            if isFull { return }
        }
        cursor = end
    }

    /// Follows the lists of the topics.
    private func readTopics(
        _ topics: [(name: TopicName, showsPrivate: Bool)], _ request: ReadRequest, _ through: Position,
        _ walk: inout EventWalk, _ page: inout PageBuilder, _ cursor: inout Position
    ) throws(SQLiteLogError) {
        var epochs = EpochCursor(shared.epochs)
        var runs: [TopicRuns] = []
        for topic in topics { runs.append(try TopicRuns(topic.name, after: cursor, statements)) }
        // What is passed over fills no page, and yet takes its time.
        var looked = 0
        while looked < max(request.events, EventFilter.passedAStep) {
            var next = Int.max
            for index in runs.indices { next = min(next, try runs[index].current() ?? .max) }
            guard next <= through else {
                cursor = through
                return
            }
            var isShown = false
            for index in runs.indices where try runs[index].current() == next && topics[index].showsPrivate {
                isShown = true
            }
            let isFull = try add(&walk, at: next, to: &page, request, &epochs, isShown: isShown)
            for index in runs.indices where try runs[index].current() == next { runs[index].advance() }
            cursor = next
            looked += 1
            if isFull { return }
        }
    }

    /// Adds the event at a position, if there is one, in the form that was asked for. Tells whether the page is full.
    ///
    /// - Parameter isShown: whether it is known that it matches, private or not.
    private func add(
        _ walk: inout EventWalk, at position: Position, to page: inout PageBuilder, _ request: ReadRequest,
        _ epochs: inout EpochCursor, isShown: Bool = false
    ) throws(SQLiteLogError) -> Bool {
        guard try walk.go(to: position) else { return false }
        if let patterns = request.filter.privatePatterns, !isShown,
            EventRow.isHidden(walk.rows, isBlock: request.takesBlocks, from: patterns)
        {
            return false
        }
        if request.takesBlocks { return try EventRow.addBlock(of: walk.rows, &epochs, to: &page) }
        return page.add(try EventRow.event(of: walk.rows, shared.epochs))
    }

    func locate(_ request: LocateRequest, _ file: FileState) throws(SQLiteLogError) -> Location {
        switch request.start {
        case .now: return Location(cursor: request.through)
        case .earliest: return Location(cursor: min(file.first - 1, request.through))
        case .at(let position, let gap): return Location(cursor: min(position, request.through), gap: gap)
        case .after(let id): return try resume(after: id, file, through: request.through)
        case .ago(let age):
            let now = request.clock.now + shared.offset
            let time = now.subtractingReportingOverflow(age)
            let bound = time.overflow ? Int.min : time.partialValue
            return Location(cursor: min(request.through, try position(file, before: statements.arrival) { $0 < bound }))
        case .since(let time):
            return Location(cursor: min(request.through, try position(file, before: statements.latest) { $0 < time }))
        case .last(let count):
            let search = request.progress ?? .init(end: request.through, left: count, found: request.through)
            guard let topics = request.filter.exactTopics else { return try scanned(search, request, file) }
            return try indexed(search, topics, request, file)
        }
    }

    private func resume(after id: String, _ file: FileState, through: Position) throws(SQLiteLogError) -> Location {
        statements.ids.bind(id, at: 1)
        let own = try statements.ids.step() ? statements.ids.int(0) : nil
        statements.ids.reset()
        // It may lie beyond `through`, when another worker was quicker to tell it: what is up to it was had there.
        if let own { return Location(cursor: own) }
        let earliest = min(file.first - 1, through)
        // A publisher's own id may end in a number too.
        if case .position(let epoch, _) = EventID(id),
            EventID.isEpoch(epoch, like: shared.epochs.name(at: .max))
        {
            return Location(cursor: earliest, gap: Gap(requested: id, reason: .epoch))
        }
        return Location(cursor: earliest, gap: Gap(requested: id, reason: .unknown))
    }

    /// The position before the first event that is not too old by one of its columns, which must rise. O(log n).
    func position(
        _ file: FileState, before column: Statement, _ isTooOld: (Int) -> Bool
    ) throws(SQLiteLogError) -> Position {
        var low = file.first
        var high = file.last + 1
        while low < high {
            let middle = (low + high) / 2
            if isTooOld(try column.number(middle) ?? .max) { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    /// Goes some way back towards the position before the last events of some topics, by the index.
    private func indexed(
        _ search: LocateRequest.Progress, _ topics: [(name: TopicName, showsPrivate: Bool)], _ request: LocateRequest,
        _ file: FileState
    ) throws(SQLiteLogError) -> Location {
        var search = search
        var runs: [TopicRunsBackwards] = []
        for topic in topics { runs.append(try TopicRunsBackwards(topic.name, from: search.end, statements)) }
        var passed = 0
        while search.left > 0 {
            var next = 0
            for index in runs.indices { next = max(next, try runs[index].current() ?? 0) }
            // The oldest run of a topic may begin with what is gone.
            guard next >= file.first else { break }
            var isShown = false
            for index in runs.indices where try runs[index].current() == next {
                runs[index].retreat()
                if topics[index].showsPrivate { isShown = true }
            }
            search.end = next - 1
            if !isShown, try statements.privacy.number(next) != nil {
                passed += 1
                guard passed < EventFilter.passedAStep else {
                    var rest = request
                    rest.progress = search
                    return Location(cursor: search.end, next: rest)
                }
                continue
            }
            search.found = next - 1
            search.left -= 1
        }
        return Location(cursor: search.found)
    }

    /// Goes some way back towards the position before the last events that match.
    private func scanned(
        _ search: LocateRequest.Progress, _ request: LocateRequest, _ file: FileState
    ) throws(SQLiteLogError) -> Location {
        var search = search
        var rest = request.filter.eventsAStep
        let privatePatterns = request.filter.privatePatterns
        let rows = privatePatterns == nil ? statements.backwards : statements.backwardsWithPrivacy
        rows.bind(search.end, at: 1)
        defer { rows.reset() }
        while rest > 0, search.left > 0 {
            guard try rows.step() else { return Location(cursor: search.found) }
            let position = rows.int(0)
            let topics = try EventRow.topics(of: rows.text(1))
            search.end = position - 1
            rest -= 1
            var patterns = request.filter.patterns
            if let privatePatterns, !rows.isNull(2) { patterns = privatePatterns }
            if patterns.match(topics) {
                search.left -= 1
                search.found = position - 1
            }
        }
        if search.left == 0 { return Location(cursor: search.found) }
        var next = request
        next.progress = search
        return Location(cursor: search.end, next: next)
    }
}

/// A walk over events by rising position: near ones are stepped to, far ones looked up.
struct EventWalk {
    let rows: Statement
    /// The position of the row at which the statement stands; `nil` after the last one, and before the first.
    private var position: Position?

    /// From so many positions on, looking up costs less than stepping.
    private static let far = 8

    init(_ rows: Statement) { self.rows = rows }

    /// Goes to the event at a position, which must be above the last one. Tells whether it is there.
    mutating func go(to wanted: Position) throws(SQLiteLogError) -> Bool {
        if let here = position, wanted - here <= Self.far {
            while let here = position, here < wanted { position = try rows.step() ? rows.int(0) : nil }
        } else {
            rows.reset()
            rows.bind(wanted, at: 1)
            position = try rows.step() ? rows.int(0) : nil
        }
        return position == wanted
    }

    func end() { rows.reset() }
}
