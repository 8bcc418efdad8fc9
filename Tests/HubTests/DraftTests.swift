import HubSamples
import Testing

@testable import Hub

@Suite struct DraftTests {
    private func refusal(
        topics: [TopicName] = [topic("a")], type: String? = nil, retry: Int? = nil
    ) -> HubError.Code? {
        do {
            _ = try Draft(topics: topics, data: "", type: type, retry: retry)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `an event needs a topic`() {
        #expect(refusal(topics: []) == .badEvent)
    }

    @Test func `nobody publishes to the hub's own topics`() {
        #expect(refusal(topics: [topic("$hub")]) == .reservedTopic)
        #expect(refusal(topics: [topic("a"), topic("$/x")]) == .reservedTopic)
        #expect(refusal(topics: [topic("a/$b")]) == nil)
    }

    @Test(arguments: ["a\nb", "a\r", "\0", "\r\n", "a\u{301}\nb", "fanfare.", "fanfare.gap", "fanfare.\u{301}"])
    func `a type may not be`(type: String) {
        #expect(refusal(type: type) == .badEvent)
    }

    @Test(arguments: ["", "a", "fanfare", "Fanfare.gap", " fanfare.gap", "a b", "é", "\u{2028}", "\u{85}", "\t"])
    func `a type may be`(type: String) {
        #expect(refusal(type: type) == nil)
    }

    @Test(arguments: [(0, true), (86_400_000, true), (-1, false), (86_400_001, false), (.max, false), (.min, false)])
    func `retry is from nothing to a day`(retry: Int, isAllowed: Bool) {
        #expect(refusal(retry: retry) == (isAllowed ? nil : .badEvent))
    }

    @Test func `a topic that is named twice counts once, and the order stays`() {
        #expect(draft("b", "a", "b", "c", "a").topics.map(\.text) == ["b", "a", "c"])
        #expect(draft("b", "a", "b", data: "xyz", type: "té", id: "i").size == 2 + 3 + 3 + 1)
    }

    @Test func `events are the same when all their parts are`() {
        let one = draft("a", "b", data: "d", type: "t", id: "i", retry: 5)
        #expect(one == draft("a", "b", data: "d", type: "t", id: "i", retry: 5))
        #expect(one != draft("b", "a", data: "d", type: "t", id: "i", retry: 5))
        #expect(one != draft("a", "b", data: "e", type: "t", id: "i", retry: 5))
        #expect(one != draft("a", "b", data: "d", id: "i", retry: 5))
        #expect(one != draft("a", "b", data: "d", type: "u", id: "i", retry: 5))
        #expect(one != draft("a", "b", data: "d", type: "t", id: "j", retry: 5))
        #expect(one != draft("a", "b", data: "d", type: "t", id: "i"))
        #expect(draft("a", data: "\u{E9}") != draft("a", data: "e\u{301}"))
    }
}
