import Hub
import Testing

@testable import Workers

@Suite struct InboxDoorsTests {
    private func topics(_ user: String, _ revision: Int) throws -> InboxTopics {
        InboxTopics(user: try InboxUser(user), patterns: [], revision: revision)
    }

    @Test func `a change that comes by while the log is asked is what the stream opens with`() throws {
        var doors = InboxDoors()
        let user = try InboxUser("u")
        // Nobody waits: the board has been told.
        doors.note(try topics("u", 1))
        doors.enter(user)
        doors.enter(user)
        #expect(doors.latest(try topics("u", 1)).revision == 1)
        doors.note(try topics("v", 9))
        doors.note(try topics("u", 2))
        #expect(doors.latest(try topics("u", 1)).revision == 2)
        // The log had it already, and more.
        #expect(doors.latest(try topics("u", 3)).revision == 3)
        doors.leave(user)
        #expect(doors.latest(try topics("u", 1)).revision == 2)
        doors.leave(user)
        #expect(doors.latest(try topics("u", 1)).revision == 1)
        doors.enter(user)
        #expect(doors.latest(try topics("u", 1)).revision == 1)
    }
}
