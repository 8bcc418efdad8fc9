// Owns status codes and their standard reasons.

/// The result of a request (RFC 9110 section 15).
package struct Status: Sendable, Hashable {
    /// Three digits, 100 to 999.
    package let code: Int

    /// A status by its code; nil unless it has three digits.
    package init?(_ code: Int) {
        guard (100...999).contains(code) else { return nil }
        self.code = code
    }

    private init(known code: Int) { self.code = code }

    /// Whether this is an interim response, which a final one follows.
    package var isInformational: Bool { code < 200 }

    /// Whether a response with this status has no content whatever its fields say (RFC 9112 section 6.3).
    package var forbidsContent: Bool { code < 200 || code == 204 || code == 304 }

    // The registered codes that this project answers with or looks for, each named by its reason.
    package static let switchingProtocols = Status(known: 101)
    package static let ok = Status(known: 200)
    package static let created = Status(known: 201)
    package static let accepted = Status(known: 202)
    package static let noContent = Status(known: 204)
    package static let notModified = Status(known: 304)
    package static let permanentRedirect = Status(known: 308)
    package static let badRequest = Status(known: 400)
    package static let unauthorized = Status(known: 401)
    package static let forbidden = Status(known: 403)
    package static let notFound = Status(known: 404)
    package static let methodNotAllowed = Status(known: 405)
    package static let notAcceptable = Status(known: 406)
    package static let requestTimeout = Status(known: 408)
    package static let conflict = Status(known: 409)
    package static let contentTooLarge = Status(known: 413)
    package static let uriTooLong = Status(known: 414)
    package static let unsupportedMediaType = Status(known: 415)
    package static let expectationFailed = Status(known: 417)
    package static let misdirectedRequest = Status(known: 421)
    package static let unprocessableContent = Status(known: 422)
    package static let tooManyRequests = Status(known: 429)
    package static let headTooLarge = Status(known: 431)
    package static let internalServerError = Status(known: 500)
    package static let notImplemented = Status(known: 501)
    package static let badGateway = Status(known: 502)
    package static let serviceUnavailable = Status(known: 503)
    package static let versionNotSupported = Status(known: 505)
}
