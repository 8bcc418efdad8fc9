import Fanfare
import Testing

@Suite struct PartBeginningTests {
    private static func form(_ parts: [String]) -> String {
        parts.map { "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\($0)\r\n" }.joined() + "--x--\r\n"
    }

    /// What a route makes of a form, which comes in pieces of that many bytes.
    private static func answer(
        to form: String, in size: Int, _ handle: @escaping @Sendable (MultipartParts) async throws -> String
    ) async throws -> String {
        let answer = Kept()
        try await withServer { routes in
            routes.post("/", body: .streamed(upTo: 1 << 20)) { request in
                .text(try await handle(try request.multipart()) + " end")
            }
        } _: { port in
            let client = RawClient(port: port)
            client.send(
                "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: \(form.utf8.count)\r\n\r\n"
            )
            var rest = Substring(form)
            while !rest.isEmpty {
                client.send(String(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            let text = await client.receive(until: " end")
            await answer.keep(String(text.split(separator: "\r\n\r\n", maxSplits: 1)[1]))
            client.end()
        }
        return await answer.text
    }

    private actor Kept {
        var text = ""
        func keep(_ text: String) { self.text = text }
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `of a part can be looked at, and stays there`(size: Int) async throws {
        let text = try await Self.answer(to: Self.form(["abcdefgh", "", "xy"]), in: size) { parts in
            var told: [String] = []
            for try await part in parts {
                let short = String(decoding: try await part.beginning(2), as: UTF8.self)
                let long = String(decoding: try await part.beginning(5), as: UTF8.self)
                let again = String(decoding: try await part.beginning(1), as: UTF8.self)
                told.append("\(short) \(long) \(again) \(try await part.text())")
            }
            return told.joined(separator: "|")
        }
        #expect(text == "ab abcde a abcdefgh|   |xy xy x xy end")
    }

    @Test func `is passed over with the part, and is the next part's own`() async throws {
        let text = try await Self.answer(to: Self.form(["abcdefgh", "xy"]), in: 4) { parts in
            var told = ""
            for try await part in parts { told += String(decoding: try await part.beginning(3), as: UTF8.self) + "|" }
            return told
        }
        #expect(text == "abc|xy| end")
    }

    @Test func `counts where a part is saved or has a limit`() async throws {
        let text = try await Self.answer(to: Self.form(["abcdefgh"]), in: 3) { parts in
            for try await part in parts {
                _ = try await part.beginning(4)
                await #expect(throws: Problem.self) { try await part.collect(upTo: 7) }
            }
            return "done"
        }
        #expect(text == "done end")
    }
}
