import TimerWheel

@testable import Hub

extension BoardWorld {
    /// Lets every socket take everything, brings all that is on its way, and checks that everyone has everything;
    /// then ends some, has them come back, and closes all.
    func finish() {
        for node in nodes {
            rest(node)
            checkRest(of: node)
        }
        guard faults.isEmpty else { return }
        for node in nodes {
            let ended = node.clients.filter { _ in Bool.random(using: &random) }
            for client in ended { end(client, on: node) }
            publish()
            rest(node)
            // Each goes on where its last block said, perhaps elsewhere.
            for client in ended where faults.isEmpty {
                let bytes = node.output[client.sink].bytes
                let read = ReadStream(bytes, isChunked: client.subscription.framing == .chunked)
                var id = read?.lastEventID ?? ""
                if id.hasSuffix("~stop") { id.removeLast(5) }
                let other = nodes.randomElement(using: &random)!
                open(on: other, from: .after(id), like: client)
            }
            publish()
        }
        for node in nodes {
            rest(node)
            checkRest(of: node)
        }
        for node in nodes {
            for client in node.clients { close(client, on: node) }
            rest(node)
            let board = (
                node.board.streamCount, node.board.matcher.namedCount, node.board.matcher.patternCount,
                node.board.channelOf.count,
                node.board.channels.count - node.board.vacantChannels.count
            )
            if board != (0, 0, 0, 0, 0) { note("not empty at the end: \(board)") }
            if node.board.nextTick != nil { note("something is due at the end") }
            if node.board.channels.contains(where: { !$0.pieces.isEmpty }) { note("bytes are left at the end") }
        }
    }

    private func rest(_ node: WorldNode) {
        for _ in 0..<2000 where faults.isEmpty {
            for client in node.clients {
                if case .broken = node.output[client.sink].mood {} else { node.output[client.sink].mood = .open }
                if node.output[client.sink].isFull { node.board.writable(client.handle) }
            }
            ingest(node, .max)
            ask(node, all: true)
            while !node.answers.isEmpty { answer(node) }
            settle(node)
            if !node.board.postponed.isEmpty {
                now += 100
                node.output.now = now
                noteExpired(node)
                node.board.tick(at: now, into: &node.output)
            } else if !node.board.isUnsettled && !node.board.hasQuestions {
                return
            }
        }
        if faults.isEmpty { note("it never rests") }
    }

    /// Everyone has everything, and nothing is held for anyone.
    private func checkRest(of node: WorldNode) {
        checkListings(of: node)
        for client in node.clients {
            check(client, on: node, through: node.board.tail)
            if !node.board.isAttached(client.handle) { note("a stream that has everything is not with its channel") }
        }
        for summary in node.board.summaries where summary.bytesBehind != 0 {
            note("\(summary.bytesBehind) bytes behind")
        }
        for channel in node.board.channels where !channel.pieces.isEmpty || channel.detached != 0 {
            note("a channel holds \(channel.pieces.count) pieces for \(channel.detached) streams")
        }
    }
}
