// Owns what the lists have in common: pages, and the way to ask all workers. A list must never make a loop
// wait for another.

import Answers
import HTTPMessage
import Hub
import JSONText
import Network

/// A page of a list: `?limit=` and `?after=`, and `"next"` in the answer.
package struct PageQuery {
    /// The most that a page may have.
    package static let most = 1000

    let limit: Int
    let after: String?

    init(_ query: Query) throws(Problem) {
        do throws(MessageError) {
            let text = try query.first("limit")
            after = try query.first("after")
            guard let text else {
                limit = 100
                return
            }
            guard let number = Int(text), (1...Self.most).contains(number) else {
                throw MessageError(.badRequest, "limit is a number from 1 to \(Self.most)")
            }
            limit = number
        } catch {
            throw Problem(error)
        }
    }

    /// Writes the part of a sorted list that comes after `after`, as an array and what the next page comes after.
    func write<Item>(
        _ sorted: [Item], as name: String, key: (Item) -> String, to json: inout JSONWriter,
        item write: (Item, inout JSONWriter) -> Void
    ) {
        let items = page(of: sorted, key: key)
        var last: Int?
        json.key(name)
        json.array { json in
            for index in items.indices where json.byteCount < Self.mostBytes {
                write(items[index], &json)
                last = index
            }
        }
        json.member("next", last.flatMap { $0 + 1 < sorted.count ? key(sorted[$0]) : nil })
    }

    /// A page ends once it has so many bytes, whatever `limit` says.
    package static let mostBytes = 1 << 20

    private func page<Item>(of sorted: [Item], key: (Item) -> String) -> ArraySlice<Item> {
        var start = 0
        if let after {
            var high = sorted.count
            while start < high {
                let middle = (start + high) / 2
                if key(sorted[middle]) <= after { start = middle + 1 } else { high = middle }
            }
        }
        return sorted[start...].prefix(limit)
    }
}

extension Exchange {
    /// Works on the answer in a task, because it needs the other workers or the log. It waits its turn: what all of them
    /// do in one round of the loop is what others wait for.
    func answerLater(
        _ head: RequestHead, _ work: @escaping @Sendable (HubCore, RequestHead) async throws(Problem) -> Answer
    ) {
        let worker = worker
        worker.backlog.add { [self] in
            // Who is gone by now, or takes nothing, is not worked for.
            guard isCurrent else { return false }
            guard carrier.canHold(Self.usualAnswer) else {
                answer(Problem.tooManyAnswers)
                return false
            }
            worker.beginTask {
                let answer: Answer
                do throws(Problem) {
                    answer = try await work(worker.core, head)
                } catch {
                    answer = error.answer
                }
                worker.loop.submit {
                    self.answer(answer)
                    worker.backlog.finishedOne()
                }
            }
            return true
        }
    }

    /// What there has to be room for before anything is done.
    private static var usualAnswer: Int { 64 << 10 }
}
