// Owns status codes and their standard reasons. A program may name any that ends a request, and none that does not.

/// The result of a request (RFC 9110 section 15).
public struct Status: Sendable, Hashable {
    /// Three digits, 100 to 999.
    public let code: Int

    /// A status by its code; nil unless it has three digits.
    package init?(_ code: Int) {
        guard (100...999).contains(code) else { return nil }
        self.code = code
    }

    /// The status of a response by its code, for those that have no name here; nil unless it is from 200 to 599.
    public init?(code: Int) {
        guard (200...599).contains(code) else { return nil }
        self.code = code
    }

    private init(known code: Int) { self.code = code }

    /// Whether this is an interim response, which a final one follows.
    package var isInformational: Bool { code < 200 }

    /// Whether this tells of an error, the client's or the server's.
    public var isError: Bool { code >= 400 }

    /// Whether a response with this status has no content whatever its fields say (RFC 9112 section 6.3).
    package var forbidsContent: Bool { code < 200 || code == 204 || code == 304 }

    // The registered codes that responses have, each named by its reason.
    package static let switchingProtocols = Status(known: 101)
    public static let ok = Status(known: 200)
    public static let created = Status(known: 201)
    public static let accepted = Status(known: 202)
    public static let noContent = Status(known: 204)
    public static let resetContent = Status(known: 205)
    public static let partialContent = Status(known: 206)
    public static let movedPermanently = Status(known: 301)
    public static let found = Status(known: 302)
    public static let seeOther = Status(known: 303)
    public static let notModified = Status(known: 304)
    public static let temporaryRedirect = Status(known: 307)
    public static let permanentRedirect = Status(known: 308)
    public static let badRequest = Status(known: 400)
    public static let unauthorized = Status(known: 401)
    public static let paymentRequired = Status(known: 402)
    public static let forbidden = Status(known: 403)
    public static let notFound = Status(known: 404)
    public static let methodNotAllowed = Status(known: 405)
    public static let notAcceptable = Status(known: 406)
    public static let requestTimeout = Status(known: 408)
    public static let conflict = Status(known: 409)
    public static let gone = Status(known: 410)
    public static let lengthRequired = Status(known: 411)
    public static let preconditionFailed = Status(known: 412)
    public static let contentTooLarge = Status(known: 413)
    public static let uriTooLong = Status(known: 414)
    public static let unsupportedMediaType = Status(known: 415)
    public static let rangeNotSatisfiable = Status(known: 416)
    public static let expectationFailed = Status(known: 417)
    public static let misdirectedRequest = Status(known: 421)
    public static let unprocessableContent = Status(known: 422)
    public static let locked = Status(known: 423)
    public static let failedDependency = Status(known: 424)
    public static let tooEarly = Status(known: 425)
    public static let upgradeRequired = Status(known: 426)
    public static let preconditionRequired = Status(known: 428)
    public static let tooManyRequests = Status(known: 429)
    public static let headTooLarge = Status(known: 431)
    public static let unavailableForLegalReasons = Status(known: 451)
    public static let internalServerError = Status(known: 500)
    public static let notImplemented = Status(known: 501)
    public static let badGateway = Status(known: 502)
    public static let serviceUnavailable = Status(known: 503)
    public static let gatewayTimeout = Status(known: 504)
    public static let versionNotSupported = Status(known: 505)
    public static let insufficientStorage = Status(known: 507)
}
