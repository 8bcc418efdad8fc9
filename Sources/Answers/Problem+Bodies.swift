// Owns what those are told whose bodies cannot be taken.

import HTTPMessage

extension Problem {
    /// A body has more bytes than are taken.
    package static func bodyTooLarge(_ limit: Int) -> Problem {
        Problem(.contentTooLarge, "body-too-large", "the body has more than \(limit) bytes: send less")
    }

    /// A part of a request did not come in time.
    package static func tooSlow(_ part: String) -> Problem {
        Problem(
            .requestTimeout, "too-slow", "the \(part) of the request did not come in time: send it again, faster")
    }
}
