// Owns the endpoints that tell and end: connections, presence, health. Asks each worker on its own thread, and
// never reads another's tables.

import Answers
import HTTPMessage
import Hub
import JSONText
import Network
import Proxies
import Wishes

extension Worker {
    /// `GET /connections`: open streams.
    func listConnections(_ exchange: Exchange, _ head: borrowing RequestHead) {
        exchange.answerLater(copy head) { core, head throws(Problem) in
            let query = try PageQuery(head.query)
            let topic = try head.query.topic("topic")
            let user = try head.query.optional("user")
            let streams = await core.connections(on: topic, of: user)
            return .json { json in
                json.object { json in
                    query.write(streams, as: "connections", key: \.id, to: &json) { $0.write(to: &$1) }
                }
            }
        }
    }

    /// `DELETE /connections`: ends streams, by user or by id.
    func endConnections(_ exchange: Exchange, _ head: borrowing RequestHead) {
        exchange.answerLater(copy head) { core, head throws(Problem) in
            let user = try head.query.optional("user")
            let id = try head.query.optional("id")
            guard user != nil || id != nil else {
                throw Problem(.badRequest, "missing-parameter", "user= or id= is missing: say which streams are to end")
            }
            let allowsReconnect = try head.query.optional("allow-reconnect") != "false"
            let closed = await core.end(user: user, id: id, allowsReconnect: allowsReconnect)
            return .json { json in
                json.object { $0.member("closed", closed) }
            }
        }
    }

    /// `GET /presence`: who is on a topic.
    func presence(_ exchange: Exchange, _ head: borrowing RequestHead) {
        exchange.answerLater(copy head) { core, head throws(Problem) in
            let query = try PageQuery(head.query)
            let why = "name the topic"
            _ = try head.query.required("topic", why)
            guard let topic = try head.query.topic("topic") else {
                throw Problem(.badRequest, "missing-parameter", "topic= is missing: \(why)")
            }
            let presence = await core.presence(on: topic)
            return .json { json in
                json.object { json in
                    query.write(presence.users, as: "users", key: \.user, to: &json) { user, json in
                        json.object { json in
                            json.member("user", user.user)
                            json.member("streams", user.streams)
                        }
                    }
                    json.member("anonymous", presence.anonymous)
                }
            }
        }
    }

    /// `GET /healthz`: the process answers.
    func health(_ exchange: Exchange) {
        exchange.answer(.json { $0.object { $0.member("status", "ok") } })
    }

    /// `GET /readyz`: the hub takes work.
    func readiness(_ exchange: Exchange) {
        if core.isDraining {
            exchange.answer(Problem.draining)
        } else if let trouble = core.log.trouble {
            var problem = Problem(.serviceUnavailable, "log-unavailable", trouble)
            problem.retryAfter = 5
            exchange.answer(problem)
        } else {
            exchange.answer(.json { $0.object { $0.member("status", "ready") } })
        }
    }

    // MARK: - This worker's part

    func streams(topic: TopicName?, user: String?) -> [StreamListing] {
        boardStreams(topic: topic, user: user) + (topic == nil ? writtenStreams(user: user) : [])
    }

    private func boardStreams(topic: TopicName?, user: String?) -> [StreamListing] {
        board.summaries.compactMap { summary in
            if let user, summary.user?.hasBytes(of: user) != true { return nil }
            if let topic, !summary.patterns.contains(where: { $0.matches(topic) }) { return nil }
            return StreamListing(
                id: streamID(summary.serial), user: summary.user,
                address: connections.client(of: summary.sink)?.description ?? "",
                patterns: summary.patterns.map(\.text), openedAt: summary.openedAt, bytesBehind: summary.bytesBehind)
        }
    }

    func end(user: String?, id: String?, allowsReconnect: Bool) -> Int {
        // What is committed is a stream's due before its end.
        ingest()
        let handles = board.handles(user: user).filter { handle in
            guard let id else { return true }
            return board.serial(of: handle).map(streamID) == id
        }
        for handle in handles { board.end(handle, because: .disconnected, allowReconnect: allowsReconnect) }
        return handles.count + endWritten(user: user, id: id, allowsReconnect: allowsReconnect)
    }

    /// The event streams that programs write.
    private func writtenStreams(user: String?) -> [StreamListing] {
        outflows.all.compactMap { outflow in
            guard let events = outflow.events, user == nil || events.user?.hasBytes(of: user!) == true else {
                return nil
            }
            return StreamListing(
                id: streamID(events.serial), user: events.user,
                address: connections.client(of: outflow.sink)?.description ?? "", patterns: [],
                openedAt: events.opened, bytesBehind: outflow.due)
        }
    }

    private func endWritten(user: String?, id: String?, allowsReconnect: Bool) -> Int {
        var count = 0
        for outflow in outflows.all where outflow.end == nil && !outflow.isAtEnd {
            guard let events = outflow.events, user == nil || events.user?.hasBytes(of: user!) == true,
                id == nil || streamID(events.serial) == id
            else { continue }
            outflows.endEvents(
                outflow, because: .disconnected, saying: StreamEnd.disconnected.rawValue,
                stopID: allowsReconnect ? nil : core.log.epoch + EventID.stopMark)
            count += 1
        }
        if count > 0 { loop.nudge() }
        return count
    }

    func end(on topic: TopicName, allowsReconnect: Bool) -> Int {
        ingest()
        let handles = board.handles(on: topic)
        for handle in handles { board.end(handle, because: .disconnected, allowReconnect: allowsReconnect) }
        return handles.count
    }

    /// The id of a stream: the worker's letter, and a number that sorts as text.
    func streamID(_ serial: Int) -> String {
        let digits = String(serial)
        return "\(number)-\(String(repeating: "0", count: max(0, 10 - digits.count)))\(digits)"
    }
}

/// An open stream, as it is listed.
package struct StreamListing: Sendable {
    package let id: String
    package let user: String?
    package let address: String
    package let patterns: [String]
    package let openedAt: Int
    package let bytesBehind: Int

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", id)
            json.member("user", user)
            json.member("address", address)
            json.key("patterns")
            json.strings(patterns)
            json.member("since", Timestamp.text(openedAt))
            json.member("bytes_behind", bytesBehind)
        }
    }
}
