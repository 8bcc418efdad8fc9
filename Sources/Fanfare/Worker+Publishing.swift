import HTTPMessage
import Hub
import JSONText

extension Worker {
    /// Takes a request to publish; it is committed at the end of the round, together with all others.
    func publish(_ exchange: Exchange) {
        do throws(Problem) {
            let body = try PublishBody(exchange.head, exchange.body, limits: core.configuration)
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
        // SAFETY: an exchange is used on its worker's thread, and so is this closure.
        nonisolated(unsafe) let exchanges = list.map { ($0.exchange, $0.isList) }
        handoff.take(on: loop) { outcomes in
            for ((exchange, isList), outcome) in zip(exchanges, outcomes) { Self.answer(outcome, isList, exchange) }
        }
    }

    private static func answer(_ outcome: PublishOutcome, _ isList: Bool, _ exchange: Exchange) {
        switch outcome {
        case .committed(let ids): exchange.answer(answer(.created, ids, isList))
        case .repeated(let ids): exchange.answer(answer(.ok, ids, isList))
        case .refused(let error): exchange.answer(Problem(error))
        }
    }

    private static func answer(_ status: Status, _ ids: [String], _ isList: Bool) -> Answer {
        .json(status) { json in
            json.beginObject()
            if isList {
                json.key("ids")
                json.beginArray()
                for id in ids { json.string(id) }
                json.endArray()
            } else {
                json.key("id")
                json.string(ids[0])
            }
            json.endObject()
        }
    }
}
