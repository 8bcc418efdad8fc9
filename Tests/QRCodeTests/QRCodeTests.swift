import QRCode
import SeededRandomness
import Testing

@Suite struct `A QR code` {
    @Test(arguments: [
        "a", "http://192.168.1.20:8080/upload/phone?member_id=1&identifier=efabcoxe", "grüße 扫码 😀", "0123456789",
        "HELLO WORLD", "nul\u{0}inside", " ",
    ])
    func `says its text, and nothing else`(text: String) throws {
        #expect(CodeReader.read(try QRCode(text, correction: .low)) == text)
    }

    @Test func `says texts of any length that a small one holds`() throws {
        var random = SeededGenerator(seed: 11)
        for length in 1...106 {
            let text = String(
                String.UnicodeScalarView(
                    (0..<length).map { _ in Unicode.Scalar(UInt8.random(in: 0..<128, using: &random)) }))
            #expect(CodeReader.read(try QRCode(text, correction: .low)) == text, "\(length) bytes")
        }
    }

    @Test func `of another text is another`() throws {
        #expect(try QRCode("a") == QRCode("a"))
        #expect(try QRCode("a") != QRCode("b"))
        #expect(try QRCode("a", correction: .low) != QRCode("a", correction: .high))
    }

    @Test func `is as small as the text allows, and grows with it`() throws {
        #expect(try QRCode(String(repeating: "x", count: 14)).size == 21)
        #expect(try QRCode(String(repeating: "x", count: 15)).size == 25)
        #expect(try QRCode(String(repeating: "x", count: 17), correction: .low).size == 21)
        #expect(try QRCode(String(repeating: "x", count: 18), correction: .low).size == 25)
    }

    @Test(arguments: QRCode.Correction.allCases)
    func `holds as much as the standard says, and not a byte more`(correction: QRCode.Correction) throws {
        let full = String(repeating: "x", count: correction.mostBytes)
        #expect(try QRCode(full, correction: correction).size == 177)
        #expect {
            try QRCode(full + "x", correction: correction)
        } throws: { error in
            let error = error as? QRCodeError
            return error?.code == .tooLong && error?.description.contains("\(correction.mostBytes) bytes") == true
        }
    }

    @Test func `counts bytes, not characters`() {
        #expect { try QRCode(String(repeating: "码", count: 778)) } throws: { ($0 as? QRCodeError)?.code == .tooLong }
        #expect(throws: Never.self) { try QRCode(String(repeating: "码", count: 777)) }
    }

    @Test func `has to say something`() {
        #expect { try QRCode("") } throws: { ($0 as? QRCodeError)?.code == .empty }
    }
}

@Suite struct `The picture of a QR code` {
    @Test func `has each dark module and no other, with a light border of four`() throws {
        let code = try QRCode("http://192.168.1.20:8080/upload/phone?member_id=1&identifier=efabcoxe")
        let side = code.size + 8
        #expect(code.svg.contains("viewBox=\"0 0 \(side) \(side)\""))
        #expect(code.svg.contains("<path fill=\"#fff\" d=\"M0 0h\(side)v\(side)H0z\"/>"))
        var painted: Set<[Int]> = []
        for run in code.svg.matches(of: /M(\d+) (\d+)h(\d+)v1h-(\d+)z/) {
            let (column, row, length) = (Int(run.1)!, Int(run.2)!, Int(run.3)!)
            #expect(run.3 == run.4)
            for place in column..<column + length { #expect(painted.insert([row, place]).inserted) }
        }
        for row in 0..<side {
            for column in 0..<side {
                let inside = (4..<side - 4).contains(row) && (4..<side - 4).contains(column)
                let isDark = inside && code.isDark(row: row - 4, column: column - 4)
                #expect(painted.contains([row, column]) == isDark)
            }
        }
    }

    @Test func `holds nothing of the text`() throws {
        let svg = try QRCode("<script>alert(1)</script>").svg
        #expect(!svg.contains("script"))
    }
}
