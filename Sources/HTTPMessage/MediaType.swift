// Owns media types as fields name them (RFC 9110 section 8.3.1).

/// A media type with its parameters, as in Content-Type.
package struct MediaType: Sendable, Hashable {
    /// One parameter; its name in lower case, its value unquoted.
    package struct Parameter: Sendable, Hashable {
        /// In lower case.
        package let name: String
        /// Without its quotes.
        package let value: String
    }

    /// The type and subtype in lower case: `application/json`.
    package let essence: String
    /// In the order they were sent.
    package let parameters: [Parameter]

    /// The media type that a field's value spells, or nil if it is malformed.
    package init?(_ value: String) {
        var scanner = FieldScanner(value)
        scanner.skipBlanks()
        guard let type = scanner.token(), scanner.skip(ASCII.slash), let subtype = scanner.token(),
            let parameters = scanner.parameters(), scanner.isAtEnd
        else { return nil }
        essence = type.lowercased() + "/" + subtype.lowercased()
        self.parameters = parameters
    }

    /// The value of the first parameter with a name in lower case, or nil.
    package func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }
}

extension RequestHead {
    /// The media type of the body; nil if there is no Content-Type or it is malformed.
    package var contentType: MediaType? { fields[.contentType].flatMap { MediaType($0) } }
}
