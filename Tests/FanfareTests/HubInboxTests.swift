import Fanfare
import Testing

@Suite struct HubInboxTests {
    @Test func `an inbox counts what is unread, and takes up where it was`() async throws {
        try await withLogFile { path in
            for log in [Configuration.Log.memory, .sqlite(path)] {
                try await withHub({ $0.log = log }) { hub in
                    let inbox = hub.inbox(of: "anna")
                    let first = try await hub.publish(Event("1"), to: "users/anna")
                    let second = try await hub.publish(Event("2"), to: "users/anna/work", "groups/g")
                    try await hub.publish(Event("3"), to: "groups/g")
                    var unread = try await inbox.unread()
                    #expect(unread.count == 2 && unread.first == first && !unread.isGap && unread.patterns.isEmpty)
                    #expect(
                        unread.topics["users/anna/work"]?.count == 1
                            && unread.topics["users/anna/work"]?.first == second)
                    try await inbox.set(topics: ["groups/g"])
                    let fourth = try await hub.publish(Event("4"), to: "groups/g")
                    unread = try await inbox.unread(limit: 1)
                    #expect(
                        unread.count == 3 && unread.topics.count == 1 && unread.next != nil
                            && unread.patterns == ["groups/g"])
                    try await #expect(inbox.unread(after: unread.next).topics.count == 2)
                    try await #expect(Self.read(4, inbox.events()) == ["1", "2", "3", "4"])
                    try await inbox.acknowledge(second, topic: "users/anna/work")
                    try await #expect(inbox.unread().count == 2)
                    // From the first that is unread on, all comes that is in its topics now, as on the wire.
                    try await #expect(Self.read(4, inbox.events()) == ["1", "2", "3", "4"])
                    try await inbox.acknowledge(fourth)
                    try await #expect(inbox.unread().count == 0)
                    await #expect(
                        failure { () throws(Hub.Failure) in try await inbox.acknowledge("nonsense") } == .badID)
                    await #expect(
                        failure { () throws(Hub.Failure) in try await inbox.acknowledge(first, topic: "x") }
                            == .foreignTopic)
                    await #expect(
                        failure { () throws(Hub.Failure) in try await inbox.set(topics: ["$hub/**"]) } == .badTopic)
                }
            }
        }
    }

    @Test func `a reader of an inbox follows its topics at once`() async throws {
        try await withLogFile { path in
            for log in [Configuration.Log.memory, .sqlite(path)] {
                try await withHub({ $0.log = log }) { hub in
                    let inbox = hub.inbox(of: "bo")
                    try await reading(inbox.events()) { unread in
                        try await reading(inbox.events(from: .now)) { now in
                            var wanted = ["begin"]
                            try await hub.publish(Event("begin"), to: "users/bo")
                            await waiting { unread.value.count >= 1 && now.value.count >= 1 }
                            for round in 0..<20 {
                                try await hub.publish(Event("not \(round)"), to: "a")
                                try await inbox.set(topics: ["a", "b/*"])
                                try await hub.publish(Event("\(round)"), to: round % 2 == 0 ? "a" : "b/x")
                                try await inbox.set(topics: round % 3 == 0 ? [] : ["b/*"])
                                try await hub.publish(Event("nor \(round)"), to: "a")
                                try await hub.publish(Event("own \(round)"), to: "users/bo/x")
                                wanted += ["\(round)", "own \(round)"]
                                // Not so late that changes are put together.
                                if round % 3 == 0 { await waiting { unread.value.count >= wanted.count } }
                                if round % 2 == 0 { await waiting { now.value.count >= wanted.count } }
                            }
                            await waiting { unread.value.count >= wanted.count && now.value.count >= wanted.count }
                            #expect(unread.value.map(\.data) == wanted)
                            #expect(now.value.map(\.data) == wanted)
                        }
                    }
                }
            }
        }
    }

    private static func read(_ count: Int, _ events: HubEvents) async throws -> [String] {
        try await events.prefix(count).reduce(into: []) { $0.append($1.data) }
    }
}
