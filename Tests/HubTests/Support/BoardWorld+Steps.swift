import HubSamples
import TimerWheel

@testable import Hub

extension BoardWorld {
    /// Does one thing, drawn at random.
    func step() {
        let node = nodes[Int.random(in: 0..<nodes.count, using: &random)]
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<15: publish()
        case 15..<30: ingest(node, Int.random(in: 1...4, using: &random))
        case 30..<36: if node.clients.count < 8 { open(on: node) }
        case 36..<37: if let client = node.clients.randomElement(using: &random) { close(client, on: node) }
        case 37..<39: if let client = node.clients.randomElement(using: &random) { end(client, on: node) }
        case 39..<50: changeMood(on: node)
        case 50..<56: call(on: node)
        case 56..<66: ask(node, all: false)
        case 66..<74: answer(node)
        case 74..<86: settle(node)
        case 86..<94: pass()
        case 94..<96: node.board.refresh(idsThrough: log.aging(at: clock))
        case 96..<97: log.expire(at: clock)
        case 97..<99: changeInbox()
        default: checkListings(of: node)
        }
        for node in nodes { collect(node) }
    }

    func publish() {
        let publications = (0..<Int.random(in: 1...2, using: &random)).map { _ in
            Publication(
                (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    let names = (0..<Int.random(in: 1...2, using: &random)).map { _ in
                        Self.topics.randomElement(using: &random)!
                    }
                    var id: String?
                    if Int.random(in: 0..<5, using: &random) == 0 {
                        ownIDs += 1
                        id = ["own\(ownIDs)", "own-\(ownIDs)"].randomElement(using: &random)!
                    }
                    let data = [
                        "", "x", "two\nlines", "\n",
                        String(repeating: "long ", count: Int.random(in: 1...20, using: &random)),
                    ].randomElement(using: &random)!
                    let type = Bool.random(using: &random) ? "t" : nil
                    return try! Draft(topics: names, data: data, type: type, id: id)
                })
        }
        log.append(publications, at: clock) { _ in }
        archiveBatches()
    }

    func ingest(_ node: WorldNode, _ most: Int) {
        for batch in node.queue.take(most) { node.board.ingest(batch) }
    }

    func open(on node: WorldNode, from wanted: Start? = nil, like given: WorldClient? = nil) {
        // Half of them share a channel.
        let model = given ?? (Bool.random(using: &random) ? node.clients.randomElement(using: &random) : nil)
        let patterns = (0..<[1, 1, 2, 3].randomElement(using: &random)!).map { _ in
            Self.wishes.randomElement(using: &random)!
        }
        let presentation = [Presentation.plain, .plain, .envelope, .custom(Self.custom)].randomElement(using: &random)!
        let framing = Bool.random(using: &random) ? Framing.chunked : .plain
        var subscription =
            model?.subscription
            ?? Subscription(patterns: patterns, presentation: presentation, framing: framing)
        let isInbox = model.map { $0.subscription.inbox != nil } ?? (Int.random(in: 0..<3, using: &random) == 0)
        if isInbox {
            // The log has it already; the board may yet have to hear of it.
            subscription = Subscription(
                inbox.last!.topics, presentation: subscription.presentation, framing: subscription.framing)
        }
        // By which topics of an inbox the last ones are counted is anyone's guess.
        let last = Start.last(isInbox ? 0 : Int.random(in: 0...5, using: &random))
        var starts: [Start] = [
            .now, .now, .earliest, last, .at(Int.random(in: 0...all.count, using: &random), nil), .after("zz-4"),
            .after("never"),
            .after("e1-\(all.count + 50)"), .ago(Int.random(in: 0...5000, using: &random)),
            .since(time - Int.random(in: -100...5000, using: &random)),
        ]
        for _ in 0..<6 {
            starts.append(.after(told.randomElement(using: &random)!))
            if let event = all.suffix(30).randomElement(using: &random) { starts.append(.after(event.id)) }
        }
        let start = wanted ?? starts.randomElement(using: &random)!
        let client = WorldClient(
            subscription, mask: Self.mask { topic in subscription.patterns.contains { $0.matches(topic) } },
            start: start,
            user: ["u", "v", nil].randomElement(using: &random)!, sink: nextSink, openTail: node.board.tail,
            clock: clock, expiry: Bool.random(using: &random) ? now + Int.random(in: 0...8000, using: &random) : nil,
            timeout: Int.random(in: 0..<4, using: &random) == 0 ? now + Int.random(in: 0...8000, using: &random) : nil)
        nextSink += 1
        node.output[client.sink].moved = now
        client.handle = node.board.open(
            subscription, from: start, user: client.user, sink: client.sink, head: [], expiry: client.expiry,
            timeout: client.timeout, at: clock)
        client.openRevision =
            node.board.channels[Int(node.board.streams[node.board.index(of: client.handle)!].channel)].subscription
            .revision
        node.clients.append(client)
    }

    /// The inbox gets other topics, of which each worker hears in its turn.
    func changeInbox() {
        let patterns = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            Self.wishes.randomElement(using: &random)!
        }
        log.change(InboxChange(Self.user, .add(patterns))) { _ in }
        tally["inbox changes", default: 0] += 1
        archiveBatches()
    }

    /// The client goes away.
    func close(_ client: WorldClient, on node: WorldNode) {
        node.board.close(client.handle)
        check(client, on: node)
        node.clients.removeAll { $0 === client }
    }

    func end(_ client: WorldClient, on node: WorldNode) {
        let reason = [StreamEnd.drained, .disconnected].randomElement(using: &random)!
        let allowsReconnect = reason == .drained || Bool.random(using: &random)
        if client.end == nil { client.end = (reason, allowsReconnect) }
        node.board.end(client.handle, because: reason, allowReconnect: allowsReconnect)
    }

    func changeMood(on node: WorldNode) {
        guard let client = node.clients.randomElement(using: &random) else { return }
        node.output[client.sink].mood =
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<5: .open
            case 5..<12: .room(0)
            case 12..<14: .room(Int.random(in: 1...300, using: &random))
            case 14..<18: .trickle
            default: .broken
            }
    }

    /// A full socket calls; sometimes one that is not full does, or one that has no room.
    func call(on node: WorldNode) {
        let full = node.clients.filter { node.output[$0.sink].isFull }
        guard let client = full.randomElement(using: &random) ?? node.clients.randomElement(using: &random) else {
            return
        }
        node.board.writable(client.handle)
    }

    /// Puts questions to the log, in any order; the answers come later.
    func ask(_ node: WorldNode, all isAll: Bool) {
        node.questions += node.board.takeQuestions()
        while !node.questions.isEmpty {
            if !isAll, Int.random(in: 0..<4, using: &random) == 0 { return }
            let question = node.questions.remove(at: Int.random(in: 0..<node.questions.count, using: &random))
            if !isAll, Int.random(in: 0..<8, using: &random) == 0 {
                node.answers.append(.failure(question))
                continue
            }
            switch question {
            case .locate(let handle, let request):
                let client = node.clients.first { $0.handle == handle }
                if client?.keptWhenAsked != nil { note("a stream asks twice where it starts") }
                client?.keptWhenAsked = log.kept
                node.answers.append(.location(handle, log.location(for: request)))
            case .ends: note("a stream asks for ends, and no topic ends here")
            case .read(let handle, let request):
                let first = log.kept.lowerBound
                if first - 1 > request.after {
                    node.clients.first { $0.handle == handle }?.losses.append((request.after, first - 1))
                }
                node.answers.append(.page(handle, log.page(request)))
            }
        }
    }

    /// Brings an answer of the log to a board; they need not come in order.
    func answer(_ node: WorldNode) {
        guard !node.answers.isEmpty else { return }
        switch node.answers.remove(at: Int.random(in: 0..<node.answers.count, using: &random)) {
        case .location(let handle, let location):
            node.board.answer(handle, location)
            if let client = node.clients.first(where: { $0.handle == handle }), client.end == nil {
                client.keptAtStart = client.keptWhenAsked
            }
        case .page(let handle, let page): node.board.answer(handle, page)
        case .failure(let question):
            tally["questions that failed", default: 0] += 1
            node.board.postpone(question, at: now)
        }
    }

    func settle(_ node: WorldNode) {
        node.output.now = now
        let attached = node.clients.filter { node.board.isAttached($0.handle) }
        let writes = attached.map { node.output[$0.sink].writes.count }
        noteExpired(node)
        node.board.settle(into: &node.output, at: now)
        for (client, count) in zip(attached, writes) where node.output[client.sink].writes.count > count + 1 {
            note("a member was written more than once in a turn")
        }
        collect(node)
        for client in node.clients {
            if let expiry = client.expiry, expiry <= now, !node.board.isEnding(client.handle) {
                note("a stream outlives its time")
            }
            if node.board.isAttached(client.handle) {
                client.attachedAt = client.attachedAt ?? now
            } else {
                client.attachedAt = nil
            }
        }
        node.settledTail = node.board.tail
    }

    /// Those whose time has come are about to end.
    func noteExpired(_ node: WorldNode) {
        for client in node.clients {
            let terms = [(client.expiry, StreamEnd.expired), (client.timeout, .timedOut)]
            let due = terms.filter { $0.0.map { $0 <= now } ?? false }.min { $0.0! < $1.0! }
            if let due, client.end == nil { client.end = (due.1, true) }
        }
    }

    /// Time passes, and what is due comes.
    func pass() {
        now += [0, 10, 60, 300, 1000, 4000].randomElement(using: &random)!
        time += Int.random(in: -200...1000, using: &random)
        for node in nodes {
            node.output.now = now
            noteExpired(node)
            if let due = node.board.nextTick, due <= now { node.board.tick(at: now, into: &node.output) }
            collect(node)
            settle(node)
            checkTimes(of: node)
        }
    }
}

extension Board {
    /// Whether a stream is only sent what is left for it.
    func isEnding(_ handle: StreamHandle) -> Bool { index(of: handle).map { streams[$0].phase == .ending } ?? false }

    /// Whether a stream is written with its channel.
    func isAttached(_ handle: StreamHandle) -> Bool {
        index(of: handle).map { streams[$0].phase == .live && !streams[$0].isDetached } ?? false
    }
}
