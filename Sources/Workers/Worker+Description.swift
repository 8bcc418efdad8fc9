// Owns the endpoint that describes the others. Must never say more of this hub than what is the same for every hub: anybody
// may ask.

import Answers
import HTTPDescription
import HTTPMessage

extension Worker {
    /// `GET /openapi.json`: the description of the HTTP API.
    func describe(_ exchange: Exchange) { exchange.answer(Answer(Self.descriptionHead, body: Self.description)) }

    static let description: [UInt8] = {
        // SAFETY: both are constants of the binary, and the one is the length of the other.
        let bytes = unsafe UnsafeBufferPointer(start: http_description, count: http_description_count)
        return unsafe Array(bytes)
    }()

    private static let descriptionHead: ResponseHead = {
        var answer = Answer(.ok, type: "application/json")
        // Another version of the hub may have another.
        answer.add([(.cacheControl, "no-cache")])
        return answer.head
    }()
}
