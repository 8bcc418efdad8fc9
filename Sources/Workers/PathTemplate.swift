// Owns the paths of routes. A path has one reading: it is split before it is decoded, literal segments are compared as
// they came, and no open place takes a segment that would lead elsewhere as a file's name.

import HTTPMessage

/// A path in which `{name}` stands for one segment, and a last `{name...}` for the rest.
package struct PathTemplate: Sendable {
    /// What it spells, with what a request's path cannot hold percent-encoded.
    package let text: String
    private let segments: [Segment]
    /// The name of what stands for the rest, if something does.
    private let rest: String?

    private enum Segment: Sendable {
        case literal(String)
        case open(String)
    }

    /// Takes a path as a program writes it. One that makes no sense is a programmer's error.
    package init(_ path: String) {
        precondition(path.utf8.first == UInt8(ascii: "/"), "the path of a route begins with /: \(path)")
        text = Self.encoded(path)
        var segments: [Segment] = []
        var rest: String?
        var names: Set<String> = []
        for segment in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst() {
            precondition(rest == nil, "nothing comes after the rest of a path: \(path)")
            let segment = String(Substring(segment))
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else {
                segments.append(.literal(segment))
                continue
            }
            let isRest = segment.hasSuffix("...}")
            // A name is the program's own word, and stands in no request's path.
            let spelled = String(segment.dropFirst().dropLast(isRest ? 4 : 1))
            let name = (try? PercentEncoding.decode(segment: spelled)) ?? spelled
            precondition(!name.isEmpty && names.insert(name).inserted, "each open place has a name of its own: \(path)")
            if isRest { rest = name } else { segments.append(.open(name)) }
        }
        self.segments = segments
        self.rest = rest
    }

    /// Whether only one path fits it.
    var isLiteral: Bool {
        rest == nil
            && segments.allSatisfy {
                if case .literal = $0 { return true }
                return false
            }
    }

    /// The parameters, percent-decoded, if a path fits.
    ///
    /// An open place takes one segment that is not empty, and neither `.` nor `..`. The rest is any segments, none too, of
    /// which no one is `.` or `..` nor holds an encoded slash.
    package func match(_ path: SplitPath) -> [String: String]? {
        let given = path.segments
        guard rest == nil ? given.count == segments.count : given.count > segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (want, have) in zip(segments, given) {
            switch want {
            case .literal(let text):
                guard have.elementsEqual(text.utf8) else { return nil }
            case .open(let name):
                guard !have.isEmpty, let value = Self.decoded(have) else { return nil }
                parameters[name] = value
            }
        }
        guard let rest else { return parameters }
        var parts: [String] = []
        for segment in given.dropFirst(segments.count) {
            guard let part = Self.decoded(segment), !part.utf8.contains(UInt8(ascii: "/")) else { return nil }
            parts.append(part)
        }
        parameters[rest] = parts.joined(separator: "/")
        return parameters
    }

    private static func decoded(_ segment: ArraySlice<UInt8>) -> String? {
        guard let text = try? PercentEncoding.decode(segment: segment), text != ".", text != ".." else { return nil }
        return text
    }

    /// With what stands in no request's path encoded as browsers do it.
    private static func encoded(_ path: String) -> String {
        path.utf8.reduce(into: "") { text, octet in
            if octet > 0x20 && octet < 0x7F && octet != UInt8(ascii: "?") && octet != UInt8(ascii: "#") {
                text.unicodeScalars.append(Unicode.Scalar(octet))
            } else {
                text += PercentEncoding.encode(octet: octet)
            }
        }
    }
}

/// A request's path, split at its slashes and not decoded.
package struct SplitPath {
    /// What stands behind each slash.
    let segments: [ArraySlice<UInt8>]

    package init(_ path: ArraySlice<UInt8>) {
        segments = Array(path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst())
    }

    package init(_ path: String) { self.init(Array(path.utf8)[...]) }
}
