// Owns the way from a program's value to an answer in JSON.

public import Answers
public import HTTPMessage

extension Response {
    /// A value in JSON: members in the order of their names, dates as RFC 3339 has them, in UTC with milliseconds. A value
    /// that cannot be encoded is answered with 500, and the log says why.
    ///
    /// - Parameters:
    ///   - value: the value.
    ///   - status: the status.
    ///   - fields: further fields of the response; a `Content-Type` among them stands in the place of `application/json`.
    public static func json(
        _ value: some Encodable, status: Status = .ok, fields: HTTPFields = HTTPFields()
    ) -> Response {
        do {
            return bytes(
                try CodableJSON.bytes(of: value), status: status, type: "application/json", fields: fields)
        } catch {
            return failed("its value cannot be encoded: \(error)")
        }
    }
}
