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

    // The registered codes that responses have, each named by its reason (RFC 9110 section 15).

    package static let switchingProtocols = Status(known: 101)
    /// 200 OK.
    public static let ok = Status(known: 200)
    /// 201 Created.
    public static let created = Status(known: 201)
    /// 202 Accepted.
    public static let accepted = Status(known: 202)
    /// 204 No Content.
    public static let noContent = Status(known: 204)
    /// 205 Reset Content.
    public static let resetContent = Status(known: 205)
    /// 206 Partial Content.
    public static let partialContent = Status(known: 206)
    /// 301 Moved Permanently.
    public static let movedPermanently = Status(known: 301)
    /// 302 Found.
    public static let found = Status(known: 302)
    /// 303 See Other.
    public static let seeOther = Status(known: 303)
    /// 304 Not Modified.
    public static let notModified = Status(known: 304)
    /// 307 Temporary Redirect.
    public static let temporaryRedirect = Status(known: 307)
    /// 308 Permanent Redirect.
    public static let permanentRedirect = Status(known: 308)
    /// 400 Bad Request.
    public static let badRequest = Status(known: 400)
    /// 401 Unauthorized.
    public static let unauthorized = Status(known: 401)
    /// 402 Payment Required.
    public static let paymentRequired = Status(known: 402)
    /// 403 Forbidden.
    public static let forbidden = Status(known: 403)
    /// 404 Not Found.
    public static let notFound = Status(known: 404)
    /// 405 Method Not Allowed.
    public static let methodNotAllowed = Status(known: 405)
    /// 406 Not Acceptable.
    public static let notAcceptable = Status(known: 406)
    /// 408 Request Timeout.
    public static let requestTimeout = Status(known: 408)
    /// 409 Conflict.
    public static let conflict = Status(known: 409)
    /// 410 Gone.
    public static let gone = Status(known: 410)
    /// 411 Length Required.
    public static let lengthRequired = Status(known: 411)
    /// 412 Precondition Failed.
    public static let preconditionFailed = Status(known: 412)
    /// 413 Content Too Large.
    public static let contentTooLarge = Status(known: 413)
    /// 414 URI Too Long.
    public static let uriTooLong = Status(known: 414)
    /// 415 Unsupported Media Type.
    public static let unsupportedMediaType = Status(known: 415)
    /// 416 Range Not Satisfiable.
    public static let rangeNotSatisfiable = Status(known: 416)
    /// 417 Expectation Failed.
    public static let expectationFailed = Status(known: 417)
    /// 421 Misdirected Request.
    public static let misdirectedRequest = Status(known: 421)
    /// 422 Unprocessable Content.
    public static let unprocessableContent = Status(known: 422)
    /// 423 Locked.
    public static let locked = Status(known: 423)
    /// 424 Failed Dependency.
    public static let failedDependency = Status(known: 424)
    /// 425 Too Early.
    public static let tooEarly = Status(known: 425)
    /// 426 Upgrade Required.
    public static let upgradeRequired = Status(known: 426)
    /// 428 Precondition Required.
    public static let preconditionRequired = Status(known: 428)
    /// 429 Too Many Requests.
    public static let tooManyRequests = Status(known: 429)
    /// 431 Request Header Fields Too Large.
    public static let headTooLarge = Status(known: 431)
    /// 451 Unavailable For Legal Reasons.
    public static let unavailableForLegalReasons = Status(known: 451)
    /// 500 Internal Server Error.
    public static let internalServerError = Status(known: 500)
    /// 501 Not Implemented.
    public static let notImplemented = Status(known: 501)
    /// 502 Bad Gateway.
    public static let badGateway = Status(known: 502)
    /// 503 Service Unavailable.
    public static let serviceUnavailable = Status(known: 503)
    /// 504 Gateway Timeout.
    public static let gatewayTimeout = Status(known: 504)
    /// 505 HTTP Version Not Supported.
    public static let versionNotSupported = Status(known: 505)
    /// 507 Insufficient Storage.
    public static let insufficientStorage = Status(known: 507)
}
