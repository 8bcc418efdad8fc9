// Owns the end of streams that have come to their time. From then on no event may be sent: what waits for a stream is cut
// off after the event of which a part is gone already, and its last id is that event's.

package import TimerWheel

extension Board {
    /// Has a stream end at a time: because it expires, or times out.
    mutating func expire(_ handle: StreamHandle, at time: Milliseconds, because reason: StreamEnd) {
        let index = Int(handle.slot)
        if reason == .timedOut { streams[index].timesOut = true } else { streams[index].expires = true }
        expiring += 1
        expiries.insert(handle, at: time, because: reason)
    }

    /// Has a stream that expires do so no later than at a time.
    package mutating func bringForward(_ handle: StreamHandle, to time: Milliseconds) {
        guard let index = index(of: handle), streams[index].expires else { return }
        expiries.insert(handle, at: time, because: .expired)
    }

    /// Ends the streams whose time has come.
    mutating func endExpired(at now: Milliseconds) {
        while let entry = expiries.pop(at: now) {
            // One that was brought forward is still here when it is over.
            guard let index = index(of: entry.handle), isDue(entry, index) else { continue }
            if entry.reason == .timedOut {
                streams[index].timesOut = false
                // What waits for it may still be sent.
                end(entry.handle, because: .timedOut)
            } else {
                streams[index].expires = false
                if streams[index].phase == .ending { cutShort(index) } else { end(entry.handle, because: .expired) }
            }
            forgetExpiries(1)
        }
    }

    private func isDue(_ entry: ExpiryQueue.Entry, _ index: Int) -> Bool {
        entry.reason == .timedOut ? streams[index].timesOut : streams[index].expires
    }

    /// So many less are to come. Those that were gone before their time must not pile up.
    mutating func forgetExpiries(_ count: Int) {
        expiring -= count
        guard expiring == 0 || expiries.entries.count > 2 * expiring + 64 else { return }
        var left = ExpiryQueue()
        for entry in expiries.entries where index(of: entry.handle).map({ isDue(entry, $0) }) ?? false {
            left.insert(entry.handle, at: entry.time, because: entry.reason)
        }
        expiries = left
    }

    /// A stream that ends already, for another reason, has not been sent all that it was due.
    private mutating func cutShort(_ index: Int) {
        guard let detail = streams[index].detail, detail.farewellSent == 0 else { return }
        if streams[index].member >= 0 {
            guard streams[index].cursor < detail.endOffset else { return }
            let before = detail.endOffset
            let id = cutLive(index, detail)
            if detail.endOffset < before { bidFarewell(index, detail, id) }
        } else if !detail.pages.isEmpty {
            bidFarewell(index, detail, cutReplay(index, detail))
        }
    }

    /// Has a member end after the event of which a part was taken, if there is one. Tells the id of its end.
    mutating func cutLive(_ index: Int, _ detail: StreamDetail) -> String {
        let cut = channels[Int(streams[index].channel)].cut(at: streams[index].cursor)
        detail.endOffset = cut.offset
        return EventID.text(epoch: epoch, cut.next.map { $0 - 1 } ?? tail)
    }

    /// Has a stream that catches up end after the event of which a part was taken, if there is one. Tells the id of its end.
    mutating func cutReplay(_ index: Int, _ detail: StreamDetail) -> String {
        let sent = streams[index].ownSent
        var id = EventID.text(epoch: epoch, detail.cursor)
        let begun = detail.pages.lastIndex { $0.start < sent }
        // Of the pages after it nothing is gone.
        if let next = detail.pages[(begun.map { $0 + 1 } ?? 0)...].first {
            streams[index].own.removeSubrange(next.start...)
            id = EventID.text(epoch: epoch, next.before)
        }
        defer { detail.pages = [] }
        guard let begun, sent < streams[index].own.count else { return id }
        let page = detail.pages[begun]
        return streams[index].own.cutPage(from: page.start, at: sent, framing(of: index))
            ?? EventID.text(epoch: epoch, page.before)
    }
}

extension [UInt8] {
    /// Takes the events out of a page of which nothing was sent. Its chunk stays as long as its first line says.
    ///
    /// - Parameters:
    ///   - start: where the page begins, which is the last one; some of it was sent.
    ///   - sent: up to where.
    ///   - framing: how it stands there.
    /// - Returns: the id of the last event that is left; `nil` if there is none.
    fileprivate mutating func cutPage(from start: Int, at sent: Int, _ framing: Framing) -> String? {
        var body = start..<count
        if framing == .chunked {
            guard let line = self[start...].firstIndex(of: lineFeed) else { return nil }
            body = line + 1..<count - 2
        }
        let end = sent <= body.lowerBound ? body.lowerBound : endOfBlock(from: sent - 2, in: body)
        let id = idOfBlock(before: end, in: body)
        if framing == .plain {
            removeSubrange(end...)
        } else if end < body.upperBound {
            // A comment, or an empty line.
            for index in end..<body.upperBound - 1 { self[index] = UInt8(ascii: index == end ? ":" : " ") }
            self[body.upperBound - 1] = lineFeed
        }
        return id
    }

    /// The end of the block that is not over before `place` and two bytes more.
    private func endOfBlock(from place: Int, in body: Range<Int>) -> Int {
        var place = Swift.max(place, body.lowerBound)
        while place + 1 < body.upperBound {
            if self[place] == lineFeed, self[place + 1] == lineFeed { return place + 2 }
            place += 1
        }
        return body.upperBound
    }

    /// The id that the block tells that ends at a place.
    private func idOfBlock(before end: Int, in body: Range<Int>) -> String? {
        var start = end
        while start > body.lowerBound,
            start > end - 2
                || !(start - 2 >= body.lowerBound && self[start - 1] == lineFeed && self[start - 2] == lineFeed)
        {
            start -= 1
        }
        for line in self[start..<end].split(separator: lineFeed) where line.starts(with: "id: ".utf8) {
            return String(decoding: line.dropFirst(4), as: UTF8.self)
        }
        return nil
    }
}

private var lineFeed: UInt8 { UInt8(ascii: "\n") }
