// Owns the reading of parameters: whatever is wrong with one is a problem that says which.

package import Answers
package import HTTPMessage
package import Hub

extension Query {
    /// The value of a parameter that must be there.
    package func required(_ name: String, _ why: String) throws(Problem) -> String {
        guard let value = try optional(name), !value.isEmpty else {
            throw Problem(.badRequest, "missing-parameter", "\(name)= is missing: \(why)")
        }
        return value
    }

    /// The value of a parameter, if it is there.
    package func optional(_ name: String) throws(Problem) -> String? {
        do throws(MessageError) {
            return try first(name)
        } catch {
            throw Problem(error)
        }
    }

    /// The values of a parameter, in order.
    package func list(_ name: String) throws(Problem) -> [String] {
        do throws(MessageError) {
            return try all(name)
        } catch {
            throw Problem(error)
        }
    }

    /// The topic that a parameter names.
    package func topic(_ name: String) throws(Problem) -> TopicName? {
        guard let text = try optional(name) else { return nil }
        do throws(HubError) {
            return try TopicName(text)
        } catch {
            throw Problem(error)
        }
    }
}
