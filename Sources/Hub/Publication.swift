// Owns what is published together, and what became of it. The rules for ids that publishers choose are here, for every
// log alike.

/// The events of one request, of which the log takes all or none.
package struct Publication: Sendable {
    /// The events, in the order in which they go into the log.
    package let drafts: OneOrMore<Draft>
    /// Who publishes; `nil` when nobody said.
    package let user: String?
    /// Whether a publisher chose an id for one of them.
    package let hasOwnIDs: Bool

    /// Puts events together.
    package init(_ drafts: OneOrMore<Draft>, user: String? = nil) {
        hasOwnIDs = drafts.contains { $0.id != nil }
        self.drafts = drafts
        self.user = user
    }

    /// Why it is not taken, as a whole: one of the ids that were chosen is not to be had. `nil` if all are.
    ///
    /// - Parameters:
    ///   - epoch: the epoch for whose ids an id must not be taken.
    ///   - known: the event of the log that has an id, if there is one.
    package func refusal<Failure: Error>(
        epoch: (_ id: String) -> String, known: (_ id: String) throws(Failure) -> LoggedEvent?
    ) throws(Failure) -> HubError? {
        var earlier: [String: Draft] = [:]
        for draft in drafts {
            guard let id = draft.id else { continue }
            do throws(HubError) {
                try EventID.validate(own: id, epoch: epoch(id))
            } catch {
                return error
            }
            let conflict = HubError(
                .conflict,
                "the id \"\(id)\" was used before, for another event: choose a new one, or repeat the same event")
            if let same = earlier[id], same != draft { return conflict }
            earlier[id] = draft
            if let event = try known(id), event.draft != draft || event.publisher != user { return conflict }
        }
        return nil
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
