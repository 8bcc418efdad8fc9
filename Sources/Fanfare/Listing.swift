// Owns what the lists have in common: pages, parameters, and the way to ask all workers. A list must never make a loop
// wait for another.

import HTTPMessage
import Hub
import JSONText
import Network

/// A page of a list: `?limit=` and `?after=`, and `"next"` in the answer.
struct PageQuery {
    /// The most that a page may have.
    static let most = 1000

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

    /// The part of a sorted list that comes after `after`, and what the next page comes after.
    func page<Item>(of sorted: [Item], key: (Item) -> String) -> (items: ArraySlice<Item>, next: String?) {
        var start = 0
        if let after {
            var high = sorted.count
            while start < high {
                let middle = (start + high) / 2
                if key(sorted[middle]) <= after { start = middle + 1 } else { high = middle }
            }
        }
        let items = sorted[start...].prefix(limit)
        return (items, items.endIndex < sorted.count ? items.last.map(key) : nil)
    }
}

extension Exchange {
    /// Works on the answer in a task, because it needs the other workers.
    func answerLater(
        _ head: RequestHead, _ work: @escaping @Sendable (HubCore, RequestHead) async throws(Problem) -> Answer
    ) {
        let worker = worker
        Task(executorPreference: worker.loop) {
            let answer: Answer
            do throws(Problem) {
                answer = try await work(worker.core, head)
            } catch {
                answer = error.answer
            }
            worker.loop.submit { self.answer(answer) }
        }
    }
}

extension Query {
    /// The value of a parameter that must be there.
    func required(_ name: String, _ why: String) throws(Problem) -> String {
        guard let value = try optional(name), !value.isEmpty else {
            throw Problem(.badRequest, "missing-parameter", "\(name)= is missing: \(why)")
        }
        return value
    }

    /// The value of a parameter, if it is there.
    func optional(_ name: String) throws(Problem) -> String? {
        do throws(MessageError) {
            return try first(name)
        } catch {
            throw Problem(error)
        }
    }

    /// The values of a parameter, in order.
    func list(_ name: String) throws(Problem) -> [String] {
        do throws(MessageError) {
            return try all(name)
        } catch {
            throw Problem(error)
        }
    }

    /// The topic that a parameter names.
    func topic(_ name: String) throws(Problem) -> TopicName? {
        guard let text = try optional(name) else { return nil }
        do throws(HubError) {
            return try TopicName(text)
        } catch {
            throw Problem(error)
        }
    }
}
