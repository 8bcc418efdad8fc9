// What must hold of JSON texts for any bytes. The fuzzer and the tests share it, so it returns the fault that it
// found instead of stopping.

#if !FUZZING
    import JSONText
#endif

/// Reads the bytes in every way there is; returns what is wrong.
func jsonTextFault(in input: [UInt8]) -> String? {
    let compact = read(input) { (reader) throws(JSONTextError) in try reader.readCompactText() }
    let skipped = read(input) { (reader) throws(JSONTextError) in try reader.skipValue() } != nil
    guard (compact != nil) == skipped else { return "one reading accepts what the other refuses" }
    let value = read(input) { (reader) throws(JSONTextError) in try reader.readValue() }

    if let compact {
        let bytes = Array(compact.utf8)
        let again = read(bytes) { (reader) throws(JSONTextError) in try reader.readCompactText() }
        guard let again, again.utf8.elementsEqual(bytes) else { return "compact text changes when read again" }
        let compactValue = read(bytes) { (reader) throws(JSONTextError) in try reader.readValue() }
        guard spelled(compactValue) == spelled(value) else { return "compact text says something else" }
    } else if value != nil {
        return "a value was read from a text that is not sound"
    }
    if let value, let fault = faultInRoundTrip(of: value) { return fault }

    // Asked for anything, the reader answers or throws.
    _ = read(input) { (reader) throws(JSONTextError) in try reader.readInteger() }
    _ = read(input) { (reader) throws(JSONTextError) in try reader.readString() }
    _ = read(input) { (reader) throws(JSONTextError) in try reader.readBool() }
    _ = read(input) { (reader) throws(JSONTextError) in try reader.readNull() }
    _ = read(input) { (reader) throws(JSONTextError) in try reader.readObject { (_, _) throws(JSONTextError) in } }
    _ = read(input) { (reader) throws(JSONTextError) in try reader.readArray { (_) throws(JSONTextError) in } }

    return faultInRoundTrip(of: .string(String(decoding: input, as: UTF8.self)))
}

/// Writes the value and reads it again; returns what has changed on the way.
func faultInRoundTrip(of value: JSONValue) -> String? {
    guard let text = spelled(value) else { return nil }
    let again = read(text) { (reader) throws(JSONTextError) in try reader.readValue() }
    guard let again else { return "a written text was refused: \(String(decoding: text, as: UTF8.self))" }
    guard spelled(again) == text, again == value else { return "\(value) came back as \(again)" }
    let compact = read(text) { (reader) throws(JSONTextError) in try reader.readCompactText() }
    guard compact?.utf8.elementsEqual(text) == true else { return "a written text was not compact" }
    return nil
}

/// What a reading of the whole text returns; `nil` if it throws. An error's place lies in the text, or at its end.
private func read<Result>(
    _ bytes: [UInt8],
    _ reading: (inout JSONReader) throws(JSONTextError) -> Result
) -> Result? {
    var reader = JSONReader(bytes)
    do throws(JSONTextError) {
        let result = try reading(&reader)
        try reader.finish()
        return result
    } catch {
        precondition(0...bytes.count ~= error.offset, "an error outside of the text: \(error)")
        return nil
    }
}

private func spelled(_ value: JSONValue?) -> [UInt8]? {
    guard let value else { return nil }
    var writer = JSONWriter()
    writer.value(value)
    return writer.finish()
}
