// Short ways to write down what a test knows to be well formed.

import TimerWheel

@testable import Hub

func topic(_ text: String) -> TopicName { try! TopicName(text) }

func pattern(_ text: String) -> TopicPattern { try! TopicPattern(text) }

func draft(_ topics: String..., data: String = "x", type: String? = nil, id: String? = nil, retry: Int? = nil) -> Draft
{
    try! Draft(topics: topics.map(topic), data: data, type: type, id: id, retry: retry)
}

extension Publication {
    /// A publication of some drafts, of which there must be one.
    init(_ drafts: [Draft], user: String? = nil) { self.init(OneOrMore(drafts)!, user: user) }
}

extension TopicMatcher {
    /// The topics that channels name, from all steps.
    var namedTopics: [TopicName] {
        var topics: [TopicName] = []
        var start: Int? = 0
        while let from = start {
            let step = namedTopics(from: from, lookingAt: 3)
            topics += step.topics
            start = step.next
        }
        return topics
    }
}

extension PatternTrie {
    /// The channels of which a pattern matches, once for each such pattern.
    func matches(of topic: TopicName) -> [Int32] {
        var list: [Int32] = []
        _ = collect(PatternPath.segments(of: topic.text), into: &list)
        return list
    }
}
