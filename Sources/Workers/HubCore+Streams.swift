// Owns what concerns the streams of all workers: their lists, and their ends. Counted from the workers' tables: there is no counter beside them.

package import Answers
package import Hub

extension HubCore {
    /// Counts the streams any of whose patterns match a topic.
    package func presence(on topic: TopicName) async -> Presence {
        // By bytes: names that only look the same are two people's.
        var streams: [[UInt8]: Int] = [:]
        var anonymous = 0
        for list in await gather({ worker in worker.streams(topic: topic, user: nil).map(\.user) }) {
            for user in list {
                if let user { streams[Array(user.utf8), default: 0] += 1 } else { anonymous += 1 }
            }
        }
        let users = streams.map { Presence.User(user: String(decoding: $0.key, as: UTF8.self), streams: $0.value) }
        return Presence(users: users.sorted { $0.user < $1.user }, anonymous: anonymous)
    }

    /// Lists the open streams of a user, or on a topic, or all.
    package func connections(on topic: TopicName?, of user: String?) async -> [StreamListing] {
        var all = await gather { $0.streams(topic: topic, user: user) }.flatMap(\.self)
        all.sort { $0.id < $1.id }
        return all
    }

    /// Ends streams, by user, by id, or by both. Tells how many there were.
    package func end(user: String?, id: String?, allowsReconnect: Bool) async -> Int {
        await gather { $0.end(user: user, id: id, allowsReconnect: allowsReconnect) }.reduce(0, +)
    }

    /// Ends the streams that a topic reaches. Tells how many there were.
    package func end(on topic: TopicName, allowsReconnect: Bool) async -> Int {
        await gather { $0.end(on: topic, allowsReconnect: allowsReconnect) }.reduce(0, +)
    }
}
