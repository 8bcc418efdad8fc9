// Owns what is a picture. Names and labels must never decide it: only its first bytes do.

import Fanfare

/// The kinds of pictures that every browser shows.
enum PictureKind: String {
    case jpeg
    case png
    case gif
    case webp

    /// How many bytes tell it.
    static let beginning = 12

    /// The kind of a picture that begins so.
    ///
    /// - Throws: a problem with status 415 if it is none of them.
    init(of beginning: [UInt8]) throws(Problem) {
        func has(_ text: String, at place: Int = 0) -> Bool { beginning.dropFirst(place).starts(with: text.utf8) }
        if beginning.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if beginning.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if has("GIF87a") || has("GIF89a") {
            self = .gif
        } else if has("RIFF"), has("WEBP", at: 8) {
            self = .webp
        } else if has("ftyp", at: 4), Self.brands.contains(where: { has($0, at: 8) }) {
            throw Problem(
                .unsupportedMediaType, "heic",
                "not every browser can show HEIC pictures: send it as JPEG, as phones do if they are asked for JPEG")
        } else {
            throw Problem(
                .unsupportedMediaType, "not-a-picture",
                "this is no picture in JPEG, PNG, GIF or WebP, as its first bytes have it")
        }
    }

    /// Those of HEIF (ISO/IEC 23008-12), which phones keep their pictures in.
    private static let brands = ["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"]

    /// Its media type.
    var type: String { "image/\(rawValue)" }
}
