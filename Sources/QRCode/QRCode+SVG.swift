// Owns the picture of a QR code. Nothing of the text must ever stand in it: a code is its modules.

extension QRCode {
    /// The light border that readers need around a code, in modules (ISO/IEC 18004, section 5.3.8).
    public static let quietZone = 4

    /// The code as a picture in SVG that scales to any size: dark on light with its quiet zone, whatever the page around
    /// it is, since many readers do not know inverted codes.
    public var svg: String {
        let side = size + 2 * Self.quietZone
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(side) \(side)" shape-rendering="crispEdges">\
            <path fill="#fff" d="M0 0h\(side)v\(side)H0z"/>\
            <path fill="#000" d="\(darkRuns)"/>\
            </svg>

            """
    }

    /// A rectangle for each run of dark modules in a row.
    private var darkRuns: String {
        var path = ""
        for row in 0..<size {
            var column = 0
            while column < size {
                guard isDark(row: row, column: column) else {
                    column += 1
                    continue
                }
                let start = column
                while column < size, isDark(row: row, column: column) { column += 1 }
                let length = column - start
                path += "M\(start + Self.quietZone) \(row + Self.quietZone)h\(length)v1h-\(length)z"
            }
        }
        return path
    }
}
