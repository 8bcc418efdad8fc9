// Owns the names of the fields that this project reads or writes. They are recognized once, as a head is parsed, so that
// asking for one later compares a number and no text.

/// A field name known in advance (RFC 9110 section 5.1), with the spelling it is written in.
package enum FieldName: String, Sendable, CaseIterable {
    case accept = "Accept"
    case acceptEncoding = "Accept-Encoding"
    case acceptLanguage = "Accept-Language"
    case acceptRanges = "Accept-Ranges"
    case accessControlAllowCredentials = "Access-Control-Allow-Credentials"
    case accessControlAllowHeaders = "Access-Control-Allow-Headers"
    case accessControlAllowMethods = "Access-Control-Allow-Methods"
    case accessControlAllowOrigin = "Access-Control-Allow-Origin"
    case accessControlExposeHeaders = "Access-Control-Expose-Headers"
    case accessControlMaxAge = "Access-Control-Max-Age"
    case accessControlRequestHeaders = "Access-Control-Request-Headers"
    case accessControlRequestMethod = "Access-Control-Request-Method"
    case allow = "Allow"
    case authorization = "Authorization"
    case cacheControl = "Cache-Control"
    case connection = "Connection"
    case contentEncoding = "Content-Encoding"
    case contentLength = "Content-Length"
    case contentRange = "Content-Range"
    case contentSecurityPolicy = "Content-Security-Policy"
    case contentType = "Content-Type"
    case cookie = "Cookie"
    case date = "Date"
    case entityTag = "ETag"
    case expect = "Expect"
    case forwarded = "Forwarded"
    case host = "Host"
    case idempotencyKey = "Idempotency-Key"
    case ifMatch = "If-Match"
    case ifModifiedSince = "If-Modified-Since"
    case ifNoneMatch = "If-None-Match"
    case ifRange = "If-Range"
    case ifUnmodifiedSince = "If-Unmodified-Since"
    case lastEventID = "Last-Event-ID"
    case lastModified = "Last-Modified"
    case location = "Location"
    case origin = "Origin"
    case range = "Range"
    case referer = "Referer"
    case referrerPolicy = "Referrer-Policy"
    case retryAfter = "Retry-After"
    case secFetchSite = "Sec-Fetch-Site"
    case server = "Server"
    case setCookie = "Set-Cookie"
    case trailer = "Trailer"
    case transferEncoding = "Transfer-Encoding"
    case upgrade = "Upgrade"
    case userAgent = "User-Agent"
    case vary = "Vary"
    case wwwAuthenticate = "WWW-Authenticate"
    case xAccelBuffering = "X-Accel-Buffering"
    case xContentTypeOptions = "X-Content-Type-Options"
    case xForwardedFor = "X-Forwarded-For"
    case xForwardedProto = "X-Forwarded-Proto"

    /// The name as it is written; compared without regard to case.
    package var spelling: String { rawValue }

    /// The known name that a token spells, or nil.
    static func recognize(_ bytes: [UInt8], _ range: Range<Int>) -> FieldName? {
        guard let first = range.first, let candidates = candidates(length: range.count, first: bytes[first] | 0x20)
        else { return nil }
        if ASCII.spells(candidates.0.rawValue, bytes, range) { return candidates.0 }
        if let second = candidates.1, ASCII.spells(second.rawValue, bytes, range) { return second }
        return nil
    }

    /// Length and first letter leave at most two of the names that a head is asked for; the rest are found by their text.
    private static func candidates(length: Int, first: UInt8) -> (FieldName, FieldName?)? {
        switch (length, first) {
        case (4, UInt8(ascii: "h")): (.host, nil)
        case (4, UInt8(ascii: "d")): (.date, nil)
        case (6, UInt8(ascii: "a")): (.accept, nil)
        case (6, UInt8(ascii: "c")): (.cookie, nil)
        case (6, UInt8(ascii: "e")): (.expect, nil)
        case (6, UInt8(ascii: "o")): (.origin, nil)
        case (7, UInt8(ascii: "r")): (.referer, nil)
        case (7, UInt8(ascii: "u")): (.upgrade, nil)
        case (7, UInt8(ascii: "t")): (.trailer, nil)
        case (8, UInt8(ascii: "l")): (.location, nil)
        case (9, UInt8(ascii: "f")): (.forwarded, nil)
        case (10, UInt8(ascii: "c")): (.connection, nil)
        case (10, UInt8(ascii: "u")): (.userAgent, nil)
        case (11, UInt8(ascii: "r")): (.retryAfter, nil)
        case (12, UInt8(ascii: "c")): (.contentType, nil)
        case (13, UInt8(ascii: "a")): (.authorization, nil)
        case (13, UInt8(ascii: "c")): (.cacheControl, nil)
        case (13, UInt8(ascii: "i")): (.ifNoneMatch, nil)
        case (13, UInt8(ascii: "l")): (.lastEventID, nil)
        case (14, UInt8(ascii: "c")): (.contentLength, nil)
        case (14, UInt8(ascii: "s")): (.secFetchSite, nil)
        case (15, UInt8(ascii: "a")): (.acceptEncoding, .acceptLanguage)
        case (15, UInt8(ascii: "i")): (.idempotencyKey, nil)
        case (15, UInt8(ascii: "x")): (.xForwardedFor, nil)
        case (16, UInt8(ascii: "c")): (.contentEncoding, nil)
        case (17, UInt8(ascii: "t")): (.transferEncoding, nil)
        case (17, UInt8(ascii: "x")): (.xForwardedProto, nil)
        case (29, UInt8(ascii: "a")): (.accessControlRequestMethod, nil)
        case (30, UInt8(ascii: "a")): (.accessControlRequestHeaders, nil)
        default: nil
        }
    }
}
