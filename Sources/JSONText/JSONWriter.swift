// Owns the bytes of a text being written, and what may come next in it: commas, colons and escapes are its work, and
// a call that would make a broken text is a programmer's error.

/// A writer of one JSON text, compact.
///
/// Preconditions throughout: a name comes before each value in an object and nowhere else, what was begun is ended by
/// its own kind, the text is one value, and nesting stays within `JSONReader.maximumDepth`.
package struct JSONWriter: Sendable {
    private var bytes: [UInt8]
    /// How many arrays and objects are open.
    private var depth = 0
    /// Bit n tells whether the container at depth n + 1 is an object.
    private var objects: UInt64 = 0
    /// Something stands before the place in its container (or, at depth 0, the text is complete).
    private var hasElements = false
    private var hasName = false

    /// Makes a writer whose text follows the given bytes.
    package init(appendingTo bytes: consuming [UInt8] = []) {
        self.bytes = bytes
    }

    /// How many bytes were written so far.
    package var byteCount: Int { bytes.count }

    /// Returns all bytes; the text must be complete.
    package consuming func finish() -> [UInt8] {
        precondition(depth == 0 && hasElements, "the text is not complete")
        return bytes
    }

    /// Returns all bytes as a string; the text must be complete.
    package consuming func finishText() -> String {
        String(decoding: finish(), as: UTF8.self)
    }

    /// Begins an object.
    package mutating func beginObject() {
        begin(object: true, UInt8(ascii: "{"))
    }

    /// Ends the object begun last.
    package mutating func endObject() {
        end(object: true, UInt8(ascii: "}"))
    }

    /// Begins an array.
    package mutating func beginArray() {
        begin(object: false, UInt8(ascii: "["))
    }

    /// Ends the array begun last.
    package mutating func endArray() {
        end(object: false, UInt8(ascii: "]"))
    }

    /// Writes the name of a member; its value comes next.
    package mutating func key(_ name: String) {
        precondition(inObject && !hasName, "a name has no place here")
        if hasElements { bytes.append(UInt8(ascii: ",")) }
        JSONText.appendQuoted(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        hasName = true
    }

    /// Writes a string.
    package mutating func string(_ value: String) {
        beginValue()
        JSONText.appendQuoted(value, to: &bytes)
    }

    /// Writes a whole number.
    package mutating func int(_ value: Int) {
        beginValue()
        bytes.append(contentsOf: String(value).utf8)
    }

    /// Writes a number, or `null` for one that is infinite or not a number.
    package mutating func double(_ value: Double) {
        beginValue()
        bytes.append(contentsOf: (value.isFinite ? String(value) : "null").utf8)
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) {
        beginValue()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// Writes `null`.
    package mutating func null() {
        beginValue()
        bytes.append(contentsOf: "null".utf8)
    }

    /// Writes a value that is JSON already, as it is; the caller knows that it is sound.
    package mutating func raw(_ text: String) {
        beginValue()
        bytes.append(contentsOf: text.utf8)
    }

    private var inObject: Bool { depth > 0 && objects & (1 << UInt64(depth - 1)) != 0 }

    private mutating func beginValue() {
        if inObject {
            precondition(hasName, "a value in an object needs a name first")
            hasName = false
        } else if hasElements {
            precondition(depth > 0, "the text is complete")
            bytes.append(UInt8(ascii: ","))
        }
        hasElements = true
    }

    private mutating func begin(object: Bool, _ byte: UInt8) {
        beginValue()
        precondition(depth < JSONReader.maximumDepth, "nested too deep")
        let bit: UInt64 = 1 << UInt64(depth)
        objects = object ? objects | bit : objects & ~bit
        depth += 1
        hasElements = false
        bytes.append(byte)
    }

    private mutating func end(object: Bool, _ byte: UInt8) {
        precondition(depth > 0 && inObject == object && !hasName, "nothing of this kind to end here")
        depth -= 1
        hasElements = true
        bytes.append(byte)
    }
}
