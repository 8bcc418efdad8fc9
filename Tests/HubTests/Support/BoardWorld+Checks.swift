import EventStream
import TimerWheel

@testable import Hub

extension BoardWorld {
    /// Checks the streams that are over, and forgets them.
    func collect(_ node: WorldNode) {
        if let fault = node.output.faults.first { note(fault) }
        for client in node.clients where node.output[client.sink].isOver {
            check(client, on: node)
            node.clients.removeAll { $0 === client }
        }
    }

    /// Where a client starts by the books: after which position, under which id, and with which gap.
    private func origin(of client: WorldClient) -> (cursor: Position, id: String, gap: Gap?)? {
        if client.start == .now { return (client.openTail, "e1-\(client.openTail)", nil) }
        guard let kept = client.keptAtStart else { return nil }
        let first = kept.lowerBound
        let through = client.openTail
        func after(_ cursor: Position) -> (Position, String, Gap?) { (cursor, "e1-\(cursor)", nil) }
        func firstYoung(_ isYoung: (LoggedEvent) -> Bool) -> Position {
            min((first..<kept.upperBound).first { isYoung(all[$0 - 1]) }.map { $0 - 1 } ?? through, through)
        }
        switch client.start {
        case .now, .earliest: return after(min(first - 1, through))
        case .at(let position, let gap): return (min(position, through), "e1-\(min(position, through))", gap)
        case .last(let count):
            if count == 0 { return after(through) }
            let matching = (first..<max(first, through + 1)).filter { masks[$0 - 1] & client.mask != 0 }
            return after((matching.suffix(count).first ?? through + 1) - 1)
        case .ago(let age): return after(firstYoung { $0.arrival >= client.clock.now - age })
        case .since(let time):
            // An event that came after one of that time or later is not before it, whatever people's clock said then.
            let isPast = all.firstIndex { $0.time >= time } ?? .max
            return after(firstYoung { $0.position > isPast })
        case .after(let id):
            var reason = Gap.Reason.unknown
            if let position = positions[id], position < kept.upperBound, kept.contains(position) || id.hasPrefix("e1-"),
                position >= first - 1
            {
                return (position, id, nil)
            }
            if id.hasPrefix("e1-"), let position = Int(id.dropFirst(3)), position < kept.upperBound {
                if position >= first - 1 { return (position, id, nil) }
                reason = .expired
            } else if id.wholeMatch(of: /[a-z0-9]{2}-[0-9]+/) != nil, !id.hasPrefix("e1-") {
                // Only what looks like an epoch of this log is taken for one: a publisher's id may end in a number too.
                reason = .epoch
            }
            return (min(first - 1, through), "", Gap(requested: id, reason: reason))
        }
    }

    /// The position that an id stands for by the books.
    private func position(_ id: String) -> Position? {
        positions[id] ?? (id.hasPrefix("e1-") ? Int(id.dropFirst(3)) : nil)
    }

    private func json(_ requested: String, _ reason: String, _ repeats: Bool) -> String {
        #"{"requested":"\#(requested)","reason":"\#(reason)","repeats":\#(repeats)}"#
    }

    /// Checks all that a client got.
    ///
    /// - Parameter through: the position up to which it must have everything; `nil` if it may lag.
    func check(_ client: WorldClient, on node: WorldNode, through: Position? = nil) {
        let socket = node.output[client.sink]
        func fault(_ text: String) {
            note(
                "\(text) (\(client.subscription.patterns.map(\.text)) from \(client.start)): \(socket.text.debugDescription)"
            )
        }
        guard let stream = ReadStream(socket.bytes, isChunked: client.subscription.framing == .chunked) else {
            return fault("malformed")
        }
        if !stream.lastEventID.isEmpty, !stream.lastEventID.hasSuffix("~stop") { told.append(stream.lastEventID) }
        if let expiry = client.expiry, eventsDue(by: expiry, socket, client.subscription.framing) < stream.eventCount {
            return fault("it was sent events when its time was over")
        }
        var blocks = stream.blocks[...]
        var isFarewellDue = false
        if socket.finishes > 0 {
            guard let end = client.end else { return fault("finished without an end") }
            guard stream.isWhole, stream.isEnded || client.subscription.framing == .plain else {
                return fault("cut off")
            }
            guard let last = blocks.last, last.comments.last == end.reason.rawValue, last.event == nil,
                let id = last.id,
                let retry = last.retry,
                end.reason == .drained
                    ? (.milliseconds(500)) ... .milliseconds(10_000) ~= retry
                    : (.milliseconds(1000)) ... .milliseconds(3000) ~= retry
            else { return fault("no farewell") }
            if id.hasSuffix("~stop") == end.allowsReconnect || id.utf8.count > 64 { return fault("farewell id \(id)") }
            tally[end.reason == .expired ? "expired" : "farewells", default: 0] += 1
            if end.reason == .timedOut { tally["timed out", default: 0] += 1 }
            if end.reason == .expired, socket.counts.contains(where: { $0.at >= client.expiry! + 10 }) {
                tally["expired while stuck", default: 0] += 1
            }
            isFarewellDue = true
        } else if stream.isEnded {
            return fault("ended, but not finished")
        } else if let end = client.end, blocks.last?.comments.last == end.reason.rawValue {
            // The very end of its body was not taken.
            isFarewellDue = true
        }
        guard let origin = origin(of: client) else {
            // The log was never asked.
            if blocks.count > (isFarewellDue ? 1 : 0) { fault("it was told something before its start was known") }
            return
        }
        var cursor = origin.cursor
        guard blocks.count > (isFarewellDue ? 1 : 0) || client.start == .now else { return }
        if let opening = blocks.popFirst() {
            let id = origin.gap == nil ? origin.id : "e1-\(origin.cursor)"
            let data = origin.gap.map { json($0.requested, $0.reason.rawValue, $0.reason != .expired) }
            guard opening.id == id, opening.event?.data == data, opening.comments.allSatisfy(\.isEmpty),
                let retry = opening.retry,
                (.milliseconds(1000)) ... .milliseconds(3000) ~= retry,
                data == nil || opening.event?.type == "fanfare.gap"
            else { return fault("the opening is not \(id) \(data ?? "")") }
            if data != nil { tally["opening gaps", default: 0] += 1 }
        }
        var losses = client.losses[...]
        for (index, block) in zip(blocks.indices, blocks) {
            let isFarewell = isFarewellDue && index == blocks.indices.last
            guard var id = block.id else { return fault("a block without an id") }
            if isFarewell, id.hasSuffix("~stop") { id.removeLast(5) }
            guard let position = position(id) else { return fault("the unknown id \(id)") }
            if block.event?.type == "fanfare.gap" {
                // Retention overtook the replay.
                guard let loss = losses.popFirst(), position == loss.through, loss.after >= cursor,
                    !misses(client, after: cursor, through: loss.after),
                    block.event?.data == json("e1-\(loss.after)", "expired", false), position > cursor
                else { return fault("a gap that is not true at \(id)") }
                tally["gaps in replay", default: 0] += 1
                cursor = position
                continue
            }
            if let event = block.event {
                guard position > cursor, !misses(client, after: cursor, through: position - 1),
                    isWanted(client, position)
                else { return fault("\(id) does not follow \(cursor)") }
                let logged = all[position - 1]
                if !isShown(event, logged, as: client.subscription.presentation) {
                    return fault("\(id) is not as published")
                }
                tally[client.subscription.inbox == nil ? "events" : "events of an inbox", default: 0] += 1
            } else {
                guard position >= cursor, !misses(client, after: cursor, through: position) else {
                    return fault("the id \(id) skips something after \(cursor)")
                }
                if !isFarewell { tally["ids", default: 0] += 1 }
            }
            cursor = position
            if !isFarewell, !block.comments.allSatisfy({ $0.isEmpty }) { return fault("a comment") }
        }
        if let through, misses(client, after: cursor, through: through) { fault("it lacks something after \(cursor)") }
        for reason in socket.resets { checkReset(reason, client, on: node, knowing: cursor) }
    }

    /// The events that a socket had by a time, and one more if it had a part of that.
    private func eventsDue(by time: Milliseconds, _ socket: RecordingOutput.Socket, _ framing: Framing) -> Int {
        let early = socket.bytes.prefix(socket.counts.last { $0.at < time }?.bytes ?? 0)
        guard let stream = ReadStream(early, isChunked: framing == .chunked) else { return 0 }
        let isEven =
            framing == .chunked ? early.isEmpty || early.suffix(3).elementsEqual("\n\r\n".utf8) : stream.isWhole
        return stream.eventCount + (isEven ? 0 : 1)
    }

    private func isShown(_ event: ReceivedEvent, _ logged: LoggedEvent, as presentation: Presentation) -> Bool {
        switch presentation {
        case .plain: event.data == logged.draft.data && event.type == logged.draft.type ?? "message"
        case .envelope: event.data.hasPrefix(#"{"id":"\#(logged.id)","topics":["#)
        case .custom: event.data == "custom " + logged.draft.data && event.type == "shown"
        }
    }

    /// Whether the rules allowed a reset.
    private func checkReset(_ reason: StreamEnd, _ client: WorldClient, on node: WorldNode, knowing cursor: Position) {
        let socket = node.output[client.sink]
        tally["reset: \(reason)", default: 0] += 1
        switch reason {
        case .gone: if socket.writes.last != -1 { note("called gone, and was not") }
        case .slowAge:
            if !socket.isFull || socket.endedAt - max(socket.moved, socket.fullSince) < rules.slowAge {
                note("reset before it was slow")
            }
        case .slowBytes:
            var bytes: [UInt8] = []
            for index in cursor..<max(cursor, node.settledTail) where isWanted(client, index + 1) {
                var block: [UInt8] = []
                client.subscription.presentation.append(all[index], readableBy: .everything, to: &block)
                bytes += Chunk.framed(block, client.subscription.framing)
            }
            if bytes.count <= rules.slowBytes { note("reset for \(bytes.count) bytes") }
        case .drained, .disconnected, .topicsEnded, .expired, .revoked, .timedOut: note("reset as \(reason)")
        }
    }

    /// Checks who was due by the time.
    func checkTimes(of node: WorldNode) {
        for client in node.clients {
            let socket = node.output[client.sink]
            // A socket that has just called and took nothing again is looked at in the next tick.
            if socket.isFull, now - max(socket.moved, socket.fullSince) >= rules.slowAge + 100,
                now - socket.tried >= 100
            {
                note("a stuck stream is still there")
            }
            if let attachedAt = client.attachedAt, now - max(socket.moved, attachedAt) > rules.heartbeat * 9 / 8 + 100 {
                note("an idle stream heard no heartbeat")
            }
        }
    }

    /// Checks what a board tells of its streams.
    func checkListings(of node: WorldNode) {
        tally["listings", default: 0] += 1
        if node.board.streamCount != node.clients.count { note("\(node.board.streamCount) streams are counted") }
        let summaries = Dictionary(uniqueKeysWithValues: node.board.summaries.map { ($0.sink, $0) })
        if summaries.count != node.clients.count { note("\(summaries.count) streams are listed") }
        for client in node.clients {
            guard let summary = summaries[client.sink] else { return note("a stream is not listed") }
            if summary.user != client.user || summary.patterns != present(client, on: node).patterns
                || summary.openedAt != client.clock.time || summary.serial != node.board.serial(of: client.handle)
                || summary.bytesBehind < 0
            {
                note("a stream is listed as another")
            }
        }
        let counts = node.board.subscriberCounts(of: Self.topics)
        let going = node.clients.filter { $0.end == nil }
        for (bit, name) in Self.topics.enumerated() {
            let wanted = node.clients.filter { present($0, on: node).mask & 1 << bit != 0 }.count
            if counts[bit] != wanted { note("\(counts[bit]) streams for \(name.text), not \(wanted)") }
        }
        for user in ["u", "v", nil] {
            let wanted = going.filter { user == nil || $0.user == user }
            if Set(node.board.handles(user: user)) != Set(wanted.map(\.handle)) { note("other handles") }
        }
        let named = Set(node.clients.flatMap { present($0, on: node).patterns.compactMap(\.topic) })
        if Set(node.board.matcher.namedTopics) != named { note("other topics are named") }
    }
}
