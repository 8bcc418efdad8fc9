import Admission
import Authorization
import HTTPMessage
import JSONText
import Testing

@testable import Fanfare
@testable import Workers

@Suite struct DescriptionTests {
    private let document: JSONValue

    init() throws { document = try JSONValue(parsing: Worker.description) }

    @Test func `the description names each route of the hub and no other`() throws {
        var routes = Routes()
        routes.hub()
        let there = Set(routes.list.map { "\($0.method.name) \($0.template.text)" })
        let paths = try #require(document["paths"]?.members)
        let described = paths.flatMap { path in
            (path.value.members ?? []).map { "\($0.name.uppercased()) \(path.name)" }
        }
        #expect(Set(described) == there)
        #expect(described.count == there.count)
    }

    @Test func `each thing that can be wrong with a token is described`() throws {
        let response = document["components"]?["responses"]?["Unauthorized"]
        let schema = response?["content"]?["application/problem+json"]?["schema"]
        let described = try #require(schema?["properties"]?["type"]?["enum"]?.elements).compactMap(\.string)
        // Those two are not of a token, but of the request.
        let others: Set = ["token-missing", "token-ambiguous"]
        let kinds = others.union(TokenError.Code.allCases.map(\.kind)).map { "urn:fanfare:problem:\($0)" }
        #expect(Set(described) == Set(kinds))
    }
}
