import HTTPMessage
import Hub
import Network

/// Finds what answers a request: by path, then by method, in the order in which routes were made.
final class Router: Sendable {
    private let literal: [String: [Route]]
    private let templated: [Route]

    init(_ routes: [Route]) {
        literal = Dictionary(grouping: routes.filter(\.template.isLiteral)) { $0.template.text }
        templated = routes.filter { !$0.template.isLiteral }
    }

    /// Answers a request on its worker's thread.
    func dispatch(_ exchange: Exchange) {
        let path = exchange.head.path
        if exchange.head.method == .options && path == "*" {
            exchange.answer(Answer(.ok))
            return
        }
        var candidates: [(Route, PathParameters)] = (literal[path] ?? []).map { ($0, PathParameters()) }
        if !templated.isEmpty, candidates.isEmpty {
            for route in templated {
                if let parameters = route.template.match(path) { candidates.append((route, parameters)) }
            }
        }
        guard !candidates.isEmpty else {
            exchange.answer(
                Problem(.notFound, "not-found", "there is nothing at this path: see docs/http-api.md for what there is")
            )
            return
        }
        let allowed = Self.allowed(candidates.map(\.0.method))
        if exchange.head.method == .options {
            preflight(exchange, allowed)
            return
        }
        // HEAD is GET without the body.
        let method = exchange.head.method == .head ? .get : exchange.head.method
        let fitting = candidates.filter { $0.0.method == method }
        guard !fitting.isEmpty else {
            var problem = Problem(
                .methodNotAllowed, "method-not-allowed",
                "\(exchange.head.method.name) is not for this path: use \(allowed)")
            problem.allow = allowed
            exchange.answer(problem)
            return
        }
        dispatch(exchange, to: fitting[...])
    }

    /// Asks one route after the other, until one does not decline.
    private func dispatch(_ exchange: Exchange, to routes: ArraySlice<(Route, PathParameters)>) {
        guard let (route, parameters) = routes.first else {
            exchange.answer(
                Problem(.notFound, "not-found", "every route at this path declined the request: check its query"))
            return
        }
        switch route.kind {
        case .hub(let endpoint):
            endpoint(exchange.worker, exchange)
        case .handler(let handler):
            let worker = exchange.worker
            let request = Request(exchange, parameters)
            // SAFETY: the exchange is used on its worker's thread: the task only carries it there and back.
            nonisolated(unsafe) let carried = exchange
            let rest = routes.dropFirst()
            Task(executorPreference: worker.loop) {
                let response: Response
                do {
                    response = try await handler(request)
                } catch {
                    response = .failure(error, of: request, worker.core.logger)
                }
                worker.loop.submit {
                    if case .declined = response.content {
                        self.dispatch(carried, to: rest)
                    } else {
                        worker.send(response, on: carried)
                    }
                }
            }
        }
    }

    private func preflight(_ exchange: Exchange, _ allowed: String) {
        var answer = Answer(.noContent)
        answer.fields.append(("Allow", allowed))
        if exchange.head["Access-Control-Request-Method"] != nil {
            answer.fields += exchange.worker.core.browserRules.preflightFields(methods: allowed)
        }
        exchange.answer(answer)
    }

    private static func allowed(_ methods: [Method]) -> String {
        var names = Set(methods.map(\.name))
        if names.contains("GET") { names.insert("HEAD") }
        names.insert("OPTIONS")
        return names.sorted().joined(separator: ", ")
    }
}

/// A method, a path, and what answers it.
struct Route: Sendable {
    let method: Method
    let template: PathTemplate
    let kind: Kind

    enum Kind: Sendable {
        /// One of the hub's own endpoints, on the worker's thread, without a task.
        case hub(@Sendable (Worker, Exchange) -> Void)
        /// A program's handler, in a task.
        case handler(@Sendable (Request) async throws -> Response)
    }
}

/// A path in which `{name}` stands for one segment.
struct PathTemplate: Sendable {
    let text: String
    private let segments: [Substring]
    let isLiteral: Bool

    init(_ text: String) {
        precondition(text.hasPrefix("/"), "a path begins with /")
        self.text = text
        segments = text.split(separator: "/", omittingEmptySubsequences: false)
        isLiteral = !segments.contains { $0.hasPrefix("{") && $0.hasSuffix("}") }
    }

    /// The parameters, percent-decoded, if the path fits.
    func match(_ path: String) -> PathParameters? {
        let given = path.split(separator: "/", omittingEmptySubsequences: false)
        guard given.count == segments.count else { return nil }
        var parameters = PathParameters()
        for (want, have) in zip(segments, given) {
            if want.hasPrefix("{") && want.hasSuffix("}") {
                guard !have.isEmpty, let value = try? PercentEncoding.decode(segment: have.utf8) else { return nil }
                parameters.values[String(want.dropFirst().dropLast())] = value
            } else if want != have {
                return nil
            }
        }
        return parameters
    }
}

/// What stood at the places of a path that a route left open.
public struct PathParameters: Sendable {
    var values: [String: String] = [:]

    /// The value at `{name}`, percent-decoded. A name that the route's path does not have is a programmer's error.
    public subscript(name: String) -> String {
        guard let value = values[name] else { preconditionFailure("the route's path has no {\(name)}") }
        return value
    }
}
