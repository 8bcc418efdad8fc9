// What a test asks of the matcher that nobody else does.

import HubSamples

@testable import Hub

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
