import Admission
import Authorization
import HTTPMessage
import JSONText
import Synchronization
import Testing

@testable import Fanfare

@Suite struct `Requests that waited for keys` {
    private static let point = """
        "kty":"EC","crv":"P-384","alg":"ES384",
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
