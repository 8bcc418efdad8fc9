// Owns the endpoint of publishing. Must never answer before the log has the event, nor wait for a subscriber.

import Admission
import Answers
import HTTPMessage
import Hub
import JSONText
import Network
import Wishes

extension Worker {
    /// Takes a request to publish; it is committed at the end of the round, together with all others.
    func publish(
        _ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: [UInt8], _ grant: Grant
    ) {
        do throws(Problem) {
            // Its streams have had their last event.
            if core.isDraining { throw Problem.draining }
            try grant.requirePublishing()
            let body = try PublishBody(head, body, of: grant.user, by: core.events)
            try grant.requirePublishing(body.drafts)
            try pace(body.drafts.count, of: grant.user, from: exchange)
            publishing.add(
                Publication(body.drafts, user: grant.user, key: body.key),
                from: PublishRound.Publisher(exchange: exchange, isList: body.isList))
        } catch {
            exchange.answer(error)
        }
    }

    /// Counts events by who publishes them, if that is limited.
    private func pace(_ events: Int, of user: String?, from exchange: borrowing Exchange) throws(Problem) {
        guard let pace = core.publishPace else { return }
        let claimant = user.map(Claimant.user(named:)) ?? Claimant(exchange.client)
        if let wait = pace.take(events, of: claimant, at: loop.now) {
            throw Problem.publishRate(pace.rate, wait: wait)
        }
    }

    /// Commits what came in this round, and answers.
    func commit() {
        if publishing.isEmpty { return }
        let round = publishing
        publishing = PublishRound(after: round)
        batches.expectVisit()
        let handoff = Handoff<[PublishOutcome]>()
        core.log.append(round.publications, at: .present(loop)) { handoff.fulfil($0) }
        handoff.take(on: loop) { [self] outcomes in
            let publishers = round.publishers.span
            for index in outcomes.indices { answer(publishers[index], outcomes[index]) }
        }
    }

    private func answer(_ publisher: PublishRound.Publisher, _ outcome: PublishOutcome) {
        if case .committed(let ids) = outcome, !publisher.isList {
            // The one answer that there is a flood of.
            let id = ids[0]
            let length = Self.idBody.count + id.utf8.count + Self.idBodyEnd.count
            let isSent = publisher.exchange.answerNow(
                publishedHead(),
                { bytes in
                    bytes += Self.idBody
                    bytes += id.utf8
                    bytes += Self.idBodyEnd
                }, length: length)
            if isSent { return }
        }
        publisher.exchange.answer(Self.answer(to: outcome, isList: publisher.isList))
    }

    private static func answer(to outcome: PublishOutcome, isList: Bool) -> Answer {
        switch outcome {
        case .committed(let ids): Answer(createdHead, body: body(ids, isList))
        case .repeated(let ids): Answer(repeatedHead, body: body(ids, isList))
        case .refused(let error): Problem(error).answer
        }
    }

    static let createdHead = Answer.jsonHead(.created)
    private static let repeatedHead = Answer.jsonHead(.ok)
    // No id holds a character that JSON would escape.
    private static let idBody = Array("{\"id\":\"".utf8)
    private static let idBodyEnd = Array("\"}".utf8)

    private static func body(_ ids: OneOrMore<String>, _ isList: Bool) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            if isList {
                json.key("ids")
                json.strings(ids)
            } else {
                json.member("id", ids[0])
            }
        }
        return json.finish()
    }
}
