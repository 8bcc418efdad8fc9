import FoundationEssentials
import Testing

@testable import Fanfare

@Suite struct CodableJSONTests {
    private struct Stamped: Codable, Equatable {
        var at: Date
    }

    @Test(
        arguments: [
            (0.0, "1970-01-01T00:00:00.000Z"), (1_795_219_200.25, "2026-11-21T00:00:00.250Z"),
            (-0.001, "1969-12-31T23:59:59.999Z"), (0.0004, "1970-01-01T00:00:00.000Z"),
            (253_402_300_799.999, "9999-12-31T23:59:59.999Z"),
        ])
    func `a date is written with milliseconds, and read again`(seconds: Double, text: String) throws {
        let json = try CodableJSON.bytes(of: Stamped(at: Date(timeIntervalSince1970: seconds)))
        #expect(String(decoding: json, as: UTF8.self) == "{\"at\":\"\(text)\"}")
        let read = try CodableJSON.value(Stamped.self, from: json)
        #expect(abs(read.at.timeIntervalSince1970 - seconds) < 0.001)
    }

    @Test(arguments: [.infinity, -.infinity, .nan, 1e300, 253_402_300_800, -62_167_219_201] as [Double])
    func `a date that no text can name is an error`(seconds: Double) {
        #expect(throws: EncodingError.self) {
            try CodableJSON.bytes(of: Stamped(at: Date(timeIntervalSince1970: seconds)))
        }
    }

    @Test(arguments: ["2026-11-21T01:00:00+01:00", "2026-11-21T00:00:00Z", "2026-11-21t00:00:00.000000z"])
    func `a date is read with any offset and fraction`(text: String) throws {
        let read = try CodableJSON.value(Stamped.self, from: Array("{\"at\":\"\(text)\"}".utf8))
        #expect(read.at.timeIntervalSince1970 == 1_795_219_200)
    }

    @Test(arguments: ["2026-11-21", "yesterday", "", "1795219200"])
    func `what is no time is told by its place`(text: String) {
        #expect { try CodableJSON.value(Stamped.self, from: Array("{\"at\":\"\(text)\"}".utf8)) } throws: {
            ($0 as? Problem)?.detail.contains("\"at\"") == true
        }
    }

    @Test func `a literal of texts is an event's members in their order, and any other value in the order of names`()
        throws
    {
        #expect(Event(json: ["b": "1", "a": "2"]).data == #"{"b":"1","a":"2"}"#)
        #expect(try Event(json: ["b": 1, "a": 2]).data == #"{"a":2,"b":1}"#)
        let members = ["b": "1/2", "a": "é"]
        #expect(try Event(json: members, type: "t", id: "7") == Event(#"{"a":"é","b":"1/2"}"#, type: "t", id: "7"))
        #expect(throws: EncodingError.self) { try Event(json: [Double.nan]) }
    }
}
