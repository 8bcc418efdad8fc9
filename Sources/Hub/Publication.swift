// Owns what is published together, and what became of it. The rules for ids that publishers choose, for repeats and for
// topics that have ended are here, for every log alike.

/// The events of one request, of which the log takes all or none.
package struct Publication: Sendable {
    /// The events, in the order in which they go into the log.
    package let drafts: OneOrMore<Draft>
    /// Who publishes; `nil` when nobody said.
    package let user: String?
    /// The publisher's name for it, under which a repeat is known.
    package let key: PublicationKey?
    private let isIntricate: Bool

    /// Puts events together.
    package init(_ drafts: OneOrMore<Draft>, user: String? = nil, key: PublicationKey? = nil) {
        isIntricate = drafts.contains { $0.id != nil } || (drafts.count > 1 && drafts.contains { $0.isEnd })
        self.drafts = drafts
        self.user = user
        self.key = key
    }

    /// Whether `refusal` could find anything wrong with it.
    ///
    /// - Parameter hasEnds: whether any topic has ended.
    package func needsJudgement(hasEnds: Bool) -> Bool { isIntricate || hasEnds }

    /// Why it is not taken, as a whole: one of the ids that were chosen is not to be had, or a topic has ended. `nil` if
    /// it can be taken.
    ///
    /// - Parameters:
    ///   - epoch: the epoch for whose ids an id must not be taken.
    ///   - known: the event of the log that has an id, if there is one.
    ///   - hasEnded: whether the log has the end of a topic.
    package func refusal<Failure: Error>(
        epoch: (_ id: String) -> String, known: (_ id: String) throws(Failure) -> LoggedEvent?,
        hasEnded: (_ topic: TopicName) throws(Failure) -> Bool
    ) throws(Failure) -> HubError? {
        var earlier: [String: Draft] = [:]
        var ended: Set<TopicName> = []
        for draft in drafts {
            if let id = draft.id {
                do throws(HubError) {
                    try EventID.validate(own: id, epoch: epoch(id))
                } catch {
                    return error
                }
                let same = earlier[id]
                let event = try known(id)
                if same ?? draft != draft || event.map({ !$0.isRepeated(by: draft, of: user) }) ?? false {
                    return HubError(
                        .conflict,
                        "the id \"\(id)\" was used before, for another event: choose a new one, or repeat the same event"
                    )
                }
                earlier[id] = draft
                // A repeat adds nothing to a topic.
                if same != nil || event != nil { continue }
            }
            for topic in draft.topics {
                let isOver = ended.contains(topic) ? true : try hasEnded(topic)
                if isOver {
                    return HubError(
                        .ended,
                        "the topic \"\(topic.text)\" has ended: publish to another, or wait until its last event is gone"
                    )
                }
            }
            if draft.isEnd { ended.formUnion(draft.topics) }
        }
        return nil
    }

    /// What to answer when its key is known: nothing is published again.
    ///
    /// - Parameters:
    ///   - ids: what was answered the first time.
    ///   - known: the event of the log that has a publisher's id, if it is still there.
    ///   - event: the event at a position, if it is still there.
    package func outcome<Failure: Error>(
        asRepeatOf ids: OneOrMore<String>, known: (_ id: String) throws(Failure) -> LoggedEvent?,
        at event: (Position) throws(Failure) -> LoggedEvent?
    ) throws(Failure) -> PublishOutcome {
        var isSame = ids.count == drafts.count
        for (draft, id) in zip(drafts, ids) where isSame {
            if let own = draft.id {
                let event = own == id ? try known(id) : nil
                isSame = own == id && event?.draft ?? draft == draft
            } else if case .position(_, let position) = EventID(id) {
                // What is gone cannot be compared, and is not published again.
                if let event = try event(position) { isSame = event.id == id && event.draft == draft }
            } else {
                isSame = false
            }
        }
        if isSame { return .repeated(ids) }
        return .refused(
            HubError(
                .keyReused,
                "the Idempotency-Key was used before, with another body: give each request a key of its own"))
    }
}

extension LoggedEvent {
    /// Whether publishing a draft under the same id adds nothing.
    fileprivate func isRepeated(by draft: Draft, of user: String?) -> Bool {
        if self.draft != draft { return false }
        guard let publisher, let user else { return publisher == nil && user == nil }
        return publisher.hasBytes(of: user)
    }
}

/// What became of a publication.
package enum PublishOutcome: Sendable, Equatable {
    /// All are in the log, under these ids.
    case committed(OneOrMore<String>)
    /// All were in the log before, under these ids; nothing was added.
    case repeated(OneOrMore<String>)
    /// None was taken.
    case refused(HubError)
}
