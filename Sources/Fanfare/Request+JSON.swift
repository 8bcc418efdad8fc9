// Owns the way from a request's body to a program's value.

import Answers
import HTTPMessage

extension Request {
    /// The value that the body spells in JSON. Dates are times as RFC 3339 writes them.
    ///
    /// - Parameters:
    ///   - type: what it has to be.
    ///   - isAnyLabelFine: whether the body may be labelled as something else than JSON, as `curl -d` labels what it sends
    ///     as a form.
    ///   - limit: how many bytes it may have; `nil` for as many as the route allows.
    /// - Throws: a ``Problem``: 415 if the body is labelled as something else than JSON (no label is fine), 400 of the kind
    ///   `bad-json` that names the place if it is not JSON or not of this type, and what reading the body throws.
    public func json<Value: Decodable>(
        as type: Value.Type = Value.self, whateverItsLabel isAnyLabelFine: Bool = false, upTo limit: Int? = nil
    ) async throws -> Value {
        if !isAnyLabelFine { try requireJSON() }
        return try CodableJSON.value(type, from: try await body.collect(upTo: limit))
    }

    /// Refuses bodies that say they are something else: `application/json` and `…+json` are JSON.
    private func requireJSON() throws(Problem) {
        guard head.fields.contains(.contentType) else { return }
        if let label = head.contentType?.essence, label == "application/json" || label.hasSuffix("+json") { return }
        throw Problem(
            .unsupportedMediaType, "unsupported-media-type",
            "the body has to be JSON: send Content-Type: application/json"
        )
    }
}
