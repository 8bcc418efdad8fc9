// Owns the endpoints of inboxes, and the opening of their streams. Must never keep a loop busy for long: counting goes in
// steps, in a task.

import Admission
import Answers
import HTTPMessage
import Hub
import JSONText
import Network
import Wishes

extension Worker {
    /// `GET /inbox`: what is unread.
    func readInbox(_ exchange: Exchange, _ head: borrowing RequestHead, _ grant: Grant) {
        exchange.answerLater(copy head) { core, head throws(Problem) in
            let name = try head.query.required("user", "say whose inbox it is")
            let user: InboxUser
            do throws(HubError) {
                user = try InboxUser(name)
            } catch {
                throw Problem(error)
            }
            try grant.requireInbox(of: user)
            return try await Self.summary(of: user, within: grant.inboxAccess, head, core)
        }
    }

    /// `PUT /inbox`: sets the patterns that are added to an inbox.
    func addToInbox(
        _ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: [UInt8], _ grant: Grant
    ) {
        do throws(Problem) {
            let change = try InboxBody.addition(head, body, limits: core.limits)
            try grant.requireInbox(of: change.user)
            if case .add(let patterns) = change.action { try grant.requireReading(allOf: patterns) }
            self.change(change, exchange, head, grant)
        } catch {
            exchange.answer(error)
        }
    }

    /// `POST /inbox/ack`: everything, or all of a topic, was read up to an event.
    func acknowledge(
        _ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: [UInt8], _ grant: Grant
    ) {
        do throws(Problem) {
            let change = try InboxBody.acknowledgement(head, body)
            try grant.requireInbox(of: change.user)
            self.change(change, exchange, head, grant)
        } catch {
            exchange.answer(error)
        }
    }

    /// Changes an inbox, and answers with what it then is.
    private func change(
        _ change: InboxChange, _ exchange: Exchange, _ head: borrowing RequestHead, _ grant: Grant
    ) {
        exchange.answerLater(copy head) { core, head throws(Problem) in
            // Before anything is changed.
            _ = try PageQuery(head.query)
            do throws(HubError) {
                try await core.change(change)
            } catch {
                throw Problem(error)
            }
            return try await Self.summary(of: change.user, within: grant.inboxAccess, head, core)
        }
    }

    private static func summary(
        of user: InboxUser, within access: ReadAccess, _ head: RequestHead, _ core: HubCore
    ) async throws(Problem) -> Answer {
        let page = try PageQuery(head.query)
        let summary: InboxSummary
        do throws(HubError) {
            summary = try await core.log.summary(of: user, within: access, after: page.after, most: page.limit)
        } catch {
            throw Problem(error)
        }
        return .json { json in
            json.object { json in
                json.member("user", user.name)
                json.member("unread", summary.unread)
                json.member("first", summary.first)
                json.key("topics")
                json.object { json in
                    for topic in summary.topics {
                        json.key(topic.topic.text)
                        json.object { json in
                            json.member("unread", topic.unread)
                            json.member("first", topic.first)
                        }
                    }
                }
                json.member("gap", summary.hasGap)
                json.key("patterns")
                json.strings(summary.patterns.map(\.text))
                json.member("next", summary.next)
            }
        }
    }

    // MARK: - Streams

    /// Opens a stream of an inbox, once the log has told its topics.
    func openInbox(
        of user: InboxUser, _ wish: SubscribeQuery, on exchange: Exchange, _ head: borrowing RequestHead
    ) {
        if !exchange.context.isHead, isAnswered(wish, on: exchange, head) { return }
        inboxDoors.enter(user)
        let head = copy head
        beginTask { [core, loop] in
            let found: Result<(topics: InboxTopics, start: Start), HubError>
            do throws(HubError) {
                found = .success(
                    wish.startsUnread
                        ? try await core.log.unreadStart(of: user, within: wish.grant.access)
                        : (try await core.log.inbox(of: user).record.topics, wish.start))
            } catch {
                found = .failure(error)
            }
            loop.submit { self.open(found, of: user, wish, on: exchange, head) }
        }
    }

    private func open(
        _ found: Result<(topics: InboxTopics, start: Start), HubError>, of user: InboxUser, _ wish: SubscribeQuery,
        on exchange: Exchange, _ head: RequestHead
    ) {
        switch found {
        case .success(let (topics, start)):
            var wish = wish
            if topics.patterns.contains(where: wish.grant.access.own.allowsAny) {
                wish.inboxTopics = topics
                wish.start = start
                open(wish, on: exchange, head)
            } else {
                exchange.answer(
                    Problem.forbidden(
                        "reading the inbox of \"\(user.name)\" is not permitted: no pattern of \"subscribe\" in the token's claim \"fanfare\" meets its topics"
                    ))
            }
        case .failure(let error):
            turnAway(exchange, head, with: Problem(error))
        }
        inboxDoors.leave(user)
    }
}
