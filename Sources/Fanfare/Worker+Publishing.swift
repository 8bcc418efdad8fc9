// Owns the endpoint of publishing. Must never answer before the log has the event, nor wait for a subscriber.

import HTTPMessage
import Hub
import JSONText

extension Worker {
    /// Takes a request to publish; it is committed at the end of the round, together with all others.
    func publish(_ exchange: Exchange) {
        do throws(Problem) {
            let body = try PublishBody(
                exchange.head, exchange.body, epoch: core.log.epoch, limits: core.configuration)
            publishing.append((Publication(body.drafts), exchange, body.isList))
        } catch {
            exchange.answer(error)
        }
    }

    /// Commits what came in this round, and answers.
    func commit() {
        if publishing.isEmpty { return }
        let list = publishing
        publishing = []
        inbox.expectVisit()
        let handoff = Handoff<[PublishOutcome]>()
        core.log.append(list.map(\.publication), at: .present(loop)) { handoff.fulfil($0) }
        let exchanges = list.map { ($0.exchange, $0.isList) }
        handoff.take(on: loop) { outcomes in
            for ((exchange, isList), outcome) in zip(exchanges, outcomes) { Self.answer(outcome, isList, exchange) }
        }
    }

    private static func answer(_ outcome: PublishOutcome, _ isList: Bool, _ exchange: Exchange) {
        switch outcome {
        case .committed(let ids): exchange.answer(Answer(createdHead, body: body(ids, isList)))
        case .repeated(let ids): exchange.answer(Answer(repeatedHead, body: body(ids, isList)))
        case .refused(let error): exchange.answer(Problem(error))
        }
    }

    private static let createdHead = Answer.jsonHead(.created)
    private static let repeatedHead = Answer.jsonHead(.ok)

    private static func body(_ ids: [String], _ isList: Bool) -> [UInt8] {
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
