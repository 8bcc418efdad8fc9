internal import HTTPClient
internal import JSONText

/// What a hub says when it refuses a request (RFC 9457).
enum Problem {
    /// The most of an answer that is read to find it.
    static var limit: Int { 64 << 10 }

    /// The detail, else the title, else the status, with the status behind it.
    static func message(status: Int, body: [UInt8]) -> String {
        let value = try? JSONValue(parsing: body)
        let words = [value?["detail"]?.string, value?["title"]?.string].compactMap { $0 }.first { !$0.isEmpty }
        return words.map { "\($0) (status \(status))" } ?? "the answer is status \(status), with no reason given"
    }
}

extension HTTPClient.Response {
    /// Reads a refusal.
    func problem() async throws(HTTPClientError) -> String {
        let body: [UInt8]
        do throws(HTTPClientError) {
            body = try await self.body.collect(upTo: Problem.limit)
        } catch {
            // The status tells enough when the rest cannot be had.
            guard error.code != .cancelled else { throw error }
            body = []
        }
        return Problem.message(status: status, body: body)
    }
}
