import Testing

@testable import JSONText

@Test func smoke() throws {
    var r = JSONReader(Array(#"{"topic": "a\u00e9\ud83d\ude00b", "data": { "x" : [1, 2.50e1 , "a \" b"] }, "retry": 12, "skip": [1]}"#.utf8))
    var seen: [String] = []
    try r.readObject { (r, name) throws(JSONTextError) in
        switch name {
        case "topic": seen.append(try r.readString())
        case "data": seen.append(try r.readCompactText())
        case "retry": seen.append(String(try r.readInteger()))
        default: break
        }
    }
    try r.finish()
    #expect(seen == ["aé😀b", #"{"x":[1,2.50e1,"a \" b"]}"#, "12"])
}
