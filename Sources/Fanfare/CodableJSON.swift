// Owns how Swift's values become JSON, and JSON becomes values. Must never show a client a type of the program's, nor depend
// on a locale.

import Answers
import HTTPMessage
import Hub
import JSONText

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// JSON of `Codable` values: members in the order of their names, slashes as they are, and dates as RFC 3339 has them, in
/// UTC with milliseconds.
enum CodableJSON {
    // Both may be used by any number of threads at once, once they are set up.
    private static let encoder = makeEncoder()
    private static let decoder = makeDecoder()

    private static func makeEncoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
            // The years from 0 to 9999, for which RFC 3339 has a text.
            guard milliseconds >= -62_167_219_200_000, milliseconds < 253_402_300_800_000 else {
                // Not the date itself: one that is so far away has no text for logs either, and asking for it is the end.
                throw EncodingError.invalidValue(
                    "a date",
                    .init(codingPath: encoder.codingPath, debugDescription: "a date outside the years 0 to 9999"))
            }
            var container = encoder.singleValueContainer()
            try container.encode(Timestamp.text(Int(milliseconds)))
        }
        return encoder
    }

    private static func makeDecoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            guard let milliseconds = Timestamp.parse(try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "a time as RFC 3339 writes it")
            }
            return Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        }
        return decoder
    }

    /// The JSON of a value.
    ///
    /// - Throws: `EncodingError`, or what the value's own encoding throws.
    static func bytes(of value: some Encodable) throws -> [UInt8] { [UInt8](try encoder.encode(value)) }

    /// The value that JSON spells.
    ///
    /// - Throws: a 400 that names the place in the JSON, or what the value's own decoding throws.
    static func value<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw Problem(.badRequest, "bad-json", complaint(of: error, in: bytes))
        }
    }

    private static func complaint(of error: DecodingError, in bytes: [UInt8]) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            return "the JSON lacks \(place(context.codingPath + [key]))"
        case .valueNotFound(let type, let context):
            return "in the JSON \(place(context.codingPath)) is null: it has to be \(word(for: type))"
        case .typeMismatch(let type, let context):
            return "in the JSON \(place(context.codingPath)) is of another kind: it has to be \(word(for: type))"
        case .dataCorrupted(let context):
            if context.codingPath.isEmpty {
                do throws(JSONTextError) {
                    _ = try JSONValue(parsing: bytes)
                } catch {
                    return "the body is not JSON: \(error.description)"
                }
                return "a value in the JSON is not possible where it stands: a number may be too large or not whole"
            }
            return "in the JSON \(place(context.codingPath)) is no value that is possible there"
        @unknown default:
            return "the JSON is not what is wanted here"
        }
    }

    /// A place as JavaScript would name it: `items[2].name`.
    private static func place(_ path: [any CodingKey]) -> String {
        guard !path.isEmpty else { return "the whole" }
        let text = path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
        return "\"\(text)\""
    }

    /// What JSON calls what a type is made of.
    private static func word(for type: Any.Type) -> String {
        switch type {
        case is String.Type, is Date.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [Any].Type, is any ArrayLike.Type: "an array"
        default: "an object"
        }
    }
}

/// What is made of elements in order.
private protocol ArrayLike {}
extension Array: ArrayLike {}
extension Set: ArrayLike {}
