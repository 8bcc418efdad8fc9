import Admission
import Authorization
import HTTPMessage
import JSONText
import Synchronization
import Testing

@testable import Fanfare
@testable import Workers

@Suite struct `Requests that waited for keys` {
    private static let point = """
        "kid":"one","kty":"EC","crv":"P-384","alg":"ES384",
        "x":"OyUuI2r6bGdoHHotzFE17wq9WFEj2kx4iDtAodwqBo9Obp9lEsMpqnK6OFgjbq7f",
        "y":"nUQKvL1gKlfYROOJ-VCSr7s4HYhAf1rJ2KBOLXoTyBkBB0Prm2wY7dQr5hB64OcG"
        """
    private static let publicKeys = "{\"keys\":[{\(point)}]}"
    private static let privateKey = """
        {\(point),"d":"sc_KXdoYy4B9q61_XBpHkWUECFhT_r7R9StKUkWwiW3a8R8evmglLobarG4du6Cb"}
        """

    /// Tokens of as many users, each of which takes a while to verify.
    private static func tokens(_ count: Int) throws -> [String] {
        let key = try #require(try KeySet.read(Array(privateKey.utf8), name: "the key").first)
        return try (0..<count).map { number in
            try key.sign(
                .object([
                    .init("sub", .string("\(number)")), .init("exp", .number("4000000000")),
                    .init("fanfare", .object([])),
                ]), with: .es384)
        }
    }

    @Test func `take turns to be verified when the keys have come`() async throws {
        let tokens = try Self.tokens(60)
        let (gate, counts) = (Gate(), Counts())
        try await withServer(
            routes: { routes in
                routes.get("/keys") { _ in
                    await gate.pass()
                    return .text(Self.publicKeys, type: "application/json")
                }
            },
            { issuer in
                try await withServer(
                    jwks: ["http://127.0.0.1:\(issuer)/keys"],
                    routes: { routes in
                        routes.hub()
                        routes.list.append(counts.route)
                    },
                    { port in
                        let clients = tokens.map { token in
                            let client = RawClient(port: port)
                            client.send(
                                "GET /count HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n\r\n")
                            return client
                        }
                        // All of them wait for keys, and none to be looked at.
                        while await counts.lookedAt < tokens.count { await Task.yield() }
                        #expect(counts.granted == 0)
                        await gate.open()
                        for client in clients {
                            let answer = await client.receive(until: "\r\n\r\n")
                            #expect(answer.hasPrefix("HTTP/1.1 204"), "it is: \(answer)")
                            client.end()
                        }
                    })
            })
        #expect(counts.granted == tokens.count)
        // If each were verified as soon as it need not wait for keys, none would have to wait for others.
        #expect(counts.grantedWhileOthersWait > 0)
    }

    @Test func `that came while others were fetched are not sent away: their key is fetched then`() async throws {
        // The key of RFC 7517, appendix A.1, which verifies none of the tokens.
        let other = """
            {"keys":[{"kid":"other","kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}
            """
        let token = try Self.tokens(1)[0]
        let (begun, release, counts) = (Gate(), Gate(), Counts())
        let fetches = Mutex(0)
        try await withServer(
            routes: { routes in
                routes.get("/keys") { _ in
                    let number = fetches.withLock { fetches in
                        fetches += 1
                        return fetches
                    }
                    guard number == 1 else { return .text(Self.publicKeys, type: "application/json") }
                    await begun.open()
                    await release.pass()
                    return .text(other, type: "application/json")
                }
            },
            { issuer in
                try await withServer(
                    jwks: ["http://127.0.0.1:\(issuer)/keys"],
                    routes: { routes in
                        routes.list.append(counts.route)
                        routes.get("/who") { request in .text("it is \(try await request.identity()?.user ?? "-").") }
                    },
                    { port in
                        await begun.pass()
                        let clients = ["/count", "/who"].map { path in
                            let client = RawClient(port: port)
                            client.send(
                                "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                    + "Authorization: Bearer \(token)\r\n\r\n")
                            return client
                        }
                        while await counts.lookedAt < 1 { await Task.yield() }
                        await release.open()
                        await #expect(clients[0].receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 204"))
                        await #expect(clients[1].receive(until: "it is 0.").contains("it is 0."))
                        for client in clients { client.end() }
                    })
            })
        #expect(counts.granted == 1)
        #expect(fetches.withLock(\.self) == 2)
    }

    /// Takes down how many asked, and how many were let in.
    private final class Counts: Sendable {
        private let state = Mutex((worker: Worker?.none, asked: 0, granted: 0, grantedWhileOthersWait: 0))

        /// How many have asked and were looked at.
        var lookedAt: Int {
            get async {
                let (worker, asked) = state.withLock { ($0.worker, $0.asked) }
                guard let worker, await worker.core.ask(worker, { $0.admissions.isEmpty }) == true else { return 0 }
                return asked
            }
        }

        var granted: Int { state.withLock { $0.granted } }
        var grantedWhileOthersWait: Int { state.withLock { $0.grantedWhileOthersWait } }

        /// An endpoint of the hub's kind.
        var route: Route {
            Route(
                method: .get, template: PathTemplate("/count"),
                kind: .hub { [self] worker, exchange, head, body in
                    worker.admit(exchange, head, body) { [self] worker, exchange, _, _, _ in
                        state.withLock { state in
                            state.granted += 1
                            if !worker.admissions.isEmpty { state.grantedWhileOthersWait += 1 }
                        }
                        exchange.answer(Answer(.noContent))
                    }
                    state.withLock { ($0.worker, $0.asked) = (worker, $0.asked + 1) }
                })
        }
    }
}
