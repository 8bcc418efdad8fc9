// Owns the fields of a form that a browser sends as one line of text.

import Answers
import HTTPMessage

/// The fields of a form (`application/x-www-form-urlencoded`), decoded, in the order in which they were sent.
public struct FormFields: Sendable {
    /// Names and values; a name may be there more than once.
    public let fields: [(name: String, value: String)]

    /// The first value of a field; `nil` if it is not there.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// All values of a field, in order.
    public func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
}

extension Request {
    /// The fields of a form in the body, of at most a thousand fields.
    ///
    /// - Parameter limit: how many bytes the body may have; `nil` for as many as the route allows.
    /// - Throws: an error that is answered with 415 if the body's type is another, with 413 if it is too large, with 400 if it
    ///   is not UTF-8; and what reading it throws.
    public func form(upTo limit: Int? = nil) async throws -> FormFields {
        let isForm = head.contentType.map { $0.essence == Self.formType } ?? !head.fields.contains(.contentType)
        guard isForm else {
            throw Problem(
                .unsupportedMediaType, "unsupported-media-type", "a form is expected here: send it as \(Self.formType)")
        }
        let bytes = try await body.collect(upTo: limit)
        return FormFields(fields: try Query(bytes).pairs())
    }

    private static var formType: String { "application/x-www-form-urlencoded" }
}
