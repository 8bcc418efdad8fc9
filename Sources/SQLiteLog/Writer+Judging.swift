// Owns what the file must be asked before a publication is taken: ids, keys and ends. The rules are those of every log;
// here is where their questions are answered.

import Hub

extension Writer {
    /// The epoch in which the next event comes.
    var presentEpoch: String { shared.epochs.name(at: mark.last + 1) }

    /// What becomes of a publication that adds nothing; `nil` if it is to be added.
    func judgement(of publication: Publication) throws(SQLiteLogError) -> PublishOutcome? {
        if let key = publication.key, let ids = try ids(of: key) {
            return try outcome(of: publication, asRepeatOf: ids)
        }
        guard publication.needsJudgement(hasEnds: mark.hasEnds) else { return nil }
        return try refusal(of: publication).map(PublishOutcome.refused)
    }

    /// Where the event is that has a publisher's id.
    func position(of id: String) throws(SQLiteLogError) -> Position? {
        let find = statements.findID
        find.bind(id, at: 1)
        let position = try find.step() ? find.int(0) : nil
        find.reset()
        return position
    }

    /// Why a publication is not taken, as a whole.
    func refusal(of publication: Publication) throws(SQLiteLogError) -> HubError? {
        try publication.refusal(
            epoch: { id in
                // A publisher's must not look as if the hub had given it, in this epoch or in one before.
                guard let dash = id.utf8.firstIndex(of: UInt8(ascii: "-")) else { return presentEpoch }
                let beginning = String(id[..<dash])
                return shared.epochs.contains(beginning) ? beginning : presentEpoch
            },
            known: { (id) throws(SQLiteLogError) in try event(named: id) },
            hasEnded: { (topic) throws(SQLiteLogError) in try hasEnded(topic) })
    }

    /// The ids that were answered to the publication of a key.
    func ids(of key: PublicationKey) throws(SQLiteLogError) -> OneOrMore<String>? {
        let find = statements.findKey
        find.bind(key.scope, at: 1)
        find.bind(key.text, at: 2)
        let text = try find.step() ? find.text(0) : nil
        find.reset()
        return text.flatMap { OneOrMore($0.split(separator: "\n").map(String.init)) }
    }

    /// What to answer to a publication whose key is known.
    func outcome(
        of publication: Publication, asRepeatOf ids: OneOrMore<String>
    ) throws(SQLiteLogError) -> PublishOutcome {
        try publication.outcome(
            asRepeatOf: ids, known: { (id) throws(SQLiteLogError) in try event(named: id) },
            at: { (position) throws(SQLiteLogError) in try event(at: position) })
    }

    private func event(named id: String) throws(SQLiteLogError) -> LoggedEvent? {
        guard let position = try position(of: id) else { return nil }
        guard let event = try event(at: position) else {
            throw SQLiteLogError(.failed, "the file is damaged (an id is there without its event)")
        }
        return event
    }

    private func event(at position: Position) throws(SQLiteLogError) -> LoggedEvent? {
        let row = statements.event
        row.bind(position, at: 1)
        defer { row.reset() }
        return try row.step() ? try EventRow.event(of: row, shared.epochs) : nil
    }

    private func hasEnded(_ topic: TopicName) throws(SQLiteLogError) -> Bool {
        guard mark.hasEnds else { return false }
        let find = statements.findEnd
        find.bind(topic.text, at: 1)
        defer { find.reset() }
        return try find.step()
    }
}
