// Owns the judgement that a stream would have nothing to send, now or ever. Must never take a failing log for an end.

import Hub

extension Worker {
    /// Finds out whether all of some topics have ended, and a stream that starts at `start` has had their last events.
    ///
    /// - Parameter proceed: is called on the worker's thread, at once or later.
    func judge(_ topics: [TopicName], from start: Start, _ proceed: @escaping @Sendable (_ isOver: Bool) -> Void) {
        let handoff = Handoff<Result<[Position?], HubError>>()
        core.log.ends(of: topics) { handoff.fulfil($0) }
        handoff.take(on: loop) { [self] answer in
            // A stream waits for a log that cannot answer.
            guard case .success(let ends) = answer else { return proceed(false) }
            var last: Position = 0
            for end in ends {
                guard let end else { return proceed(false) }
                last = max(last, end)
            }
            let request = LocateRequest(
                filter: EventFilter(topics.map(TopicPattern.init)), start: start, through: core.log.kept.upperBound - 1,
                clock: .present(loop))
            compare(request, with: last, proceed)
        }
    }

    private func compare(
        _ request: LocateRequest, with last: Position, _ proceed: @escaping @Sendable (_ isOver: Bool) -> Void
    ) {
        let handoff = Handoff<Result<Location, HubError>>()
        core.log.locate(request) { handoff.fulfil($0) }
        handoff.take(on: loop) { [self] answer in
            guard case .success(let location) = answer else { return proceed(false) }
            if let next = location.next { return compare(next, with: last, proceed) }
            proceed(location.gap == nil && location.cursor >= last)
        }
    }
}
