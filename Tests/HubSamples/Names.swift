// Short ways to write down what a test knows to be well formed.

package import Hub

package func topic(_ text: String) -> TopicName { try! TopicName(text) }

package func pattern(_ text: String) -> TopicPattern { try! TopicPattern(text) }

package func draft(
    _ topics: String..., data: String? = "x", type: String? = nil, id: String? = nil, retry: Int? = nil,
    isEnd: Bool = false, isPrivate: Bool = false
) -> Draft {
    try! Draft(
        topics: topics.map(topic), data: data, type: type, id: id, retry: retry, isEnd: isEnd, isPrivate: isPrivate)
}

package func key(_ text: String, of user: String? = nil) -> PublicationKey { try! PublicationKey(text, of: user) }

extension Publication {
    /// A publication of some drafts, of which there must be one.
    package init(_ drafts: [Draft], user: String? = nil, key: PublicationKey? = nil) {
        self.init(OneOrMore(drafts)!, user: user, key: key)
    }
}
