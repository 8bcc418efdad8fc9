// Owns the way from a topic's template and its values to a topic's name. A value must never become more than the one segment
// that it stands for.

import Hub

/// Topics whose events carry values of one type, as JSON.
///
/// ```swift
/// let prices = Topic<Price>("prices/{symbol}")
/// try await hub.publish(price, to: prices(symbol: "AAPL"))
/// for try await price in hub.subscribe(prices.all) { … }
/// ```
@dynamicCallable
public struct Topic<Value: Codable & Sendable>: Sendable {
    /// The name, in which `{name}` stands for one segment.
    public let template: String

    /// Makes the topics of a template. One without open places is a single topic: `let news = Topic<News>("news")`, which is
    /// `news()`.
    public init(_ template: String) { self.template = template }

    /// The topic with these values in its open places, each by the name of its place: `prices(symbol: "AAPL")`.
    ///
    /// A value is text, or a number or the like by its description. If it cannot be a single segment (it is empty, `*` or
    /// `**`, or holds `/` or a control character), or a place has no value or a value no place, whoever uses the topic gets
    /// ``Hub/Failure`` of the code `badTopic`.
    public func dynamicallyCall(
        withKeywordArguments values: KeyValuePairs<String, any CustomStringConvertible>
    ) -> BoundTopic<Value> {
        do throws(HubError) {
            return BoundTopic(.success(try fill(values.map { ($0.key, $0.value.description) })))
        } catch {
            return BoundTopic(.failure(error))
        }
    }

    /// All of these topics: the pattern with `*` in each open place. To subscribe to, not to publish to.
    public var all: BoundTopic<Value> { BoundTopic(.success(segments { _ in "*" })) }

    private func fill(_ values: [(name: String, value: String)]) throws(HubError) -> String {
        var places: [String] = []
        _ = segments {
            places.append($0)
            return ""
        }
        for (name, value) in values {
            guard places.contains(name) else {
                throw HubError(.badTopic, "the topic \"\(template)\" has no place {\(name)}")
            }
            guard !value.isEmpty, !value.utf8.contains(UInt8(ascii: "/")), value != "*", value != "**" else {
                throw HubError(
                    .badTopic,
                    "\"\(value)\" cannot stand for {\(name)} in the topic \"\(template)\": it is not one segment of a name"
                )
            }
        }
        for place in places {
            let count = values.count { $0.name == place }
            guard count == 1 else {
                throw HubError(
                    .badTopic,
                    "the topic \"\(template)\" has \(count == 0 ? "no value" : "several values") for {\(place)}")
            }
        }
        return segments { place in values.first { $0.name == place }?.value ?? "" }
    }

    /// The template with something in each of its places.
    private func segments(_ value: (_ place: String) -> String) -> String {
        var text = ""
        for segment in TopicSegments(template) {
            if segment.startIndex != template.startIndex { text += "/" }
            let isPlace = segment.utf8.first == UInt8(ascii: "{") && segment.utf8.last == UInt8(ascii: "}")
            if isPlace { text += value(String(segment.dropFirst().dropLast())) } else { text += segment }
        }
        return text
    }
}

/// A topic, or a pattern, whose events carry values of one type.
public struct BoundTopic<Value: Codable & Sendable>: Sendable {
    private let text: Result<String, HubError>

    init(_ text: Result<String, HubError>) { self.text = text }

    /// The topic's name, or the pattern.
    ///
    /// - Throws: ``Hub/Failure`` of the code `badTopic` if a value cannot stand in it.
    public var name: String {
        get throws(Hub.Failure) {
            switch text {
            case .success(let text): return text
            case .failure(let error): throw Hub.Failure(error)
            }
        }
    }
}
