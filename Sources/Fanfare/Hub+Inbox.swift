// Owns what a program may do with a user's inbox. The rules are the endpoints'; there are none of its own.

import Hub
import Wishes
import Workers

extension Hub {
    /// The inbox of a user: the events on `users/NAME`, on all topics below it, and on those that were added.
    ///
    /// - Parameter user: the name, which is one segment of a topic. Whether it can be one is told by what is done with the
    ///   inbox.
    public func inbox(of user: String) -> Inbox { Inbox(binding: binding, user: user) }

    /// A user's inbox. The hub keeps what was read, and counts the rest; it delivers nothing by itself.
    public struct Inbox: Sendable {
        let binding: HubBinding
        /// Whose it is.
        public let user: String

        /// What is unread.
        public struct Unread: Sendable, Hashable {
            /// How many events; one that is on several topics counts once.
            public let count: Int
            /// The id of the first of them.
            public let first: String?
            /// What is unread of each topic, for the first so many in the order of their names.
            public let topics: [String: OfTopic]
            /// The name after which the next topics come; `nil` when there are none.
            public let next: String?
            /// Whether events are gone that were unread.
            public let isGap: Bool
            /// The patterns that were added.
            public let patterns: [String]

            /// What is unread of one topic.
            public struct OfTopic: Sendable, Hashable {
                /// How many events.
                public let count: Int
                /// The id of the first of them.
                public let first: String
            }
        }

        /// Counts what is unread of what the log still keeps.
        ///
        /// - Parameters:
        ///   - topic: topics are told whose names come after this one; the sums are over all.
        ///   - limit: how many topics are told at most, from 1 to 1,000.
        /// - Throws: ``Hub/Failure``.
        public func unread(after topic: String? = nil, limit: Int = 100) async throws(Hub.Failure) -> Unread {
            let core = try await binding.run().core
            do throws(HubError) {
                let summary = try await core.log.summary(
                    of: try InboxUser(user), within: .everything, after: topic,
                    most: min(max(1, limit), PageQuery.most))
                var topics: [String: Unread.OfTopic] = [:]
                for part in summary.topics {
                    topics[part.topic.text] = Unread.OfTopic(count: part.unread, first: part.first)
                }
                return Unread(
                    count: summary.unread, first: summary.first, topics: topics, next: summary.next,
                    isGap: summary.hasGap, patterns: summary.patterns.map(\.text))
            } catch {
                throw Hub.Failure(error)
            }
        }

        /// Sets the topics that are in the inbox beside the user's own. What is published there from now on is unread; open
        /// streams of the inbox follow at once.
        ///
        /// - Parameter patterns: all topics and patterns that are to be added, at most `Configuration.maxTopics`.
        /// - Throws: ``Hub/Failure``.
        public func set(topics patterns: [String]) async throws(Hub.Failure) {
            let core = try await binding.run().core
            do throws(HubError) {
                try await core.change(
                    InboxChange(adding: patterns, to: try InboxUser(user), most: core.limits.topics))
            } catch {
                throw Hub.Failure(error)
            }
        }

        /// Moves the mark up to which everything, or all of one topic, was read. It never goes back.
        ///
        /// - Parameters:
        ///   - id: the last event that was read.
        ///   - topic: the topic of which that holds; `nil` means all.
        /// - Throws: ``Hub/Failure``.
        public func acknowledge(_ id: String, topic: String? = nil) async throws(Hub.Failure) {
            let core = try await binding.run().core
            do throws(HubError) {
                try await core.change(InboxChange(acknowledging: id, on: topic, of: try InboxUser(user)))
            } catch {
                throw Hub.Failure(error)
            }
        }

        /// The events of the inbox, as one sequence, which follows changes of its topics. Reading does not acknowledge.
        ///
        /// - Parameter start: where they begin.
        public func events(from start: StreamStart = .unread) -> HubEvents {
            HubEvents(
                binding: binding, wish: HubReader.Wish(subject: .inbox(of: user), start: start.fixed(by: binding)))
        }
    }
}
