// Owns a stream's way from where it starts up to the present. The cut-over from the log to live delivery must never
// happen but at the tail, with all up to it sent.

package import TimerWheel

extension Board {
    /// After so long the log is asked again what it could not answer.
    private static var patience: Milliseconds { 500 }

    /// Whether the log is to be asked something.
    package var hasQuestions: Bool { !questions.isEmpty }

    /// Takes some of what is to be asked of the log, the oldest first. The answers come back by `answer`.
    ///
    /// - Parameter limit: how many at most: each answer holds memory until it is written.
    package mutating func takeQuestions(atMost limit: Int = .max) -> [LogQuestion] {
        if questions.isEmpty { return [] }
        let taken = Array(questions.prefix(limit))
        questions.removeFirst(taken.count)
        return taken
    }

    /// The log says where a stream starts.
    package mutating func answer(_ handle: StreamHandle, _ location: Location) {
        guard let index = index(of: handle), streams[index].phase == .locating, let detail = streams[index].detail
        else {
            return
        }
        if let next = location.next {
            questions.append(.locate(handle, next))
            return
        }
        detail.isReading = false
        detail.cursor = location.cursor
        streams[index].told = location.cursor
        streams[index].phase = .replaying
        var id = EventID.text(epoch: epoch, location.cursor)
        // Who resumes is told its own id again: it may be one that a publisher chose.
        if case .after(let own) = detail.start, location.gap == nil { id = own }
        streams[index].own += opening(id: id, gap: location.gap, framing(of: index))
        soil(index)
    }

    /// The log brings events for a stream.
    package mutating func answer(_ handle: StreamHandle, _ page: ReadPage) {
        guard let index = index(of: handle), streams[index].phase == .replaying, let detail = streams[index].detail
        else { return }
        detail.isReading = false
        var bytes: [UInt8] = []
        if let lost = page.lostThrough {
            // Retention was faster than the reader.
            let requested = EventID.text(epoch: epoch, detail.cursor)
            Blocks.appendOpening(
                id: EventID.text(epoch: epoch, lost), gap: Gap(requested: requested, reason: .expired), retry: nil,
                to: &bytes)
        }
        let subscription = channels[Int(streams[index].channel)].subscription
        let access = subscription.access ?? .nothing
        for event in page.events { subscription.presentation.append(event, readableBy: access, to: &bytes) }
        if bytes.isEmpty { bytes = page.blocks } else { bytes += page.blocks }
        let before = detail.cursor
        detail.cursor = max(detail.cursor, page.cursor)
        if streams[index].own.isEmpty {
            // It took all that it was given, and gets larger pages: a few wake-ups of threads less for each event.
            detail.pageBytes = min(2 * detail.pageBytes, 4 * rules.pageBytes)
            // The log reads the next page while this one is written.
            if detail.cursor < tail { read(index, detail) }
        } else {
            // Its reader is slower than the log. No more than this page and the one before wait for it.
            detail.pageBytes = rules.pageBytes
        }
        if !bytes.isEmpty { detail.pages.append(StreamDetail.Page(start: streams[index].own.count, before: before)) }
        // All of a page goes in one chunk.
        Chunk.append(bytes, framing(of: index), to: &streams[index].own)
        soil(index)
    }

    /// A stream that catches up has sent all that it was given: it asks for more, or has caught up. Tells whether it
    /// owes something again.
    mutating func replay(_ index: Int) -> Bool {
        guard let detail = streams[index].detail, !detail.isReading else { return false }
        if detail.cursor == tail {
            // The cut-over: what is up to the tail was sent, and what comes after it goes to the channel.
            streams[index].told = tail
            follow(index)
            if channels[Int(streams[index].channel)].hasEnded { endWithTopics(index) }
            return true
        }
        // Another worker may have been quicker to tell the id of an event that is on its way here.
        if detail.cursor > tail {
            soil(index)
            return false
        }
        read(index, detail)
        return false
    }

    /// Asks for what comes next.
    private mutating func read(_ index: Int, _ detail: StreamDetail) {
        detail.isReading = true
        let subscription = channels[Int(streams[index].channel)].subscription
        questions.append(
            .read(
                StreamHandle(slot: Int32(index), generation: streams[index].generation),
                ReadRequest(
                    filter: subscription.filter, after: detail.cursor, through: tail, events: 1024,
                    bytes: detail.pageBytes, takesBlocks: subscription.presentation == .plain)))
    }

    /// The log cannot answer at present. It is asked again later; until then the stream waits, with heartbeats.
    package mutating func postpone(_ question: LogQuestion, at now: Milliseconds) {
        guard isOpen(question) else { return }
        postponed.append((question, now + Self.patience))
    }

    /// Asks again what has waited long enough, for those streams that are still there.
    mutating func askAgain(at now: Milliseconds) {
        guard let first = postponed.first, first.due <= now else { return }
        let count = postponed.firstIndex { $0.due > now } ?? postponed.count
        for (question, _) in postponed[..<count] where isOpen(question) { questions.append(question) }
        postponed.removeFirst(count)
    }

    /// Whether anyone still wants to know.
    private func isOpen(_ question: LogQuestion) -> Bool {
        switch question {
        case .locate(let handle, _), .read(let handle, _): index(of: handle) != nil
        case .ends(let subscription): channelOf[subscription] != nil
        }
    }

    func framing(of index: Int) -> Framing { channels[Int(streams[index].channel)].subscription.framing }
}
