// Owns the choice of what answers a request. A program's handlers run in tasks on the worker's loop; the hub's own
// endpoints must never need a task.

import HTTPMessage
import Hub
import Network

/// Finds what answers a request: by path, then by method, in the order in which routes were made.
final class Router: Sendable {
    private let routes: [Route]
    /// What there is at a path that a route names without open places; routes with open places that fit it too.
    private let literal: [(path: String, place: Place)]
    private let isAnyTemplated: Bool

    init(_ routes: [Route]) {
        self.routes = routes
        isAnyTemplated = routes.contains { !$0.template.isLiteral }
        var literal: [(path: String, place: Place)] = []
        for route in routes
        where route.template.isLiteral && !literal.contains(where: { $0.path == route.template.text }) {
            let path = route.template.text
            literal.append((path, Place(routes.filter { $0.template.match(path) != nil })))
        }
        self.literal = literal
    }

    /// The routes of one path.
    private final class Place: Sendable {
        private let routes: [(method: Method, list: [Route])]
        /// The methods there are, for `Allow`.
        let allowed: String

        init(_ routes: [Route]) {
            self.routes = Dictionary(grouping: routes) { $0.method }.map { ($0.key, $0.value) }
            var names = Set(routes.map(\.method.name))
            if names.contains("GET") { names.insert("HEAD") }
            names.insert("OPTIONS")
            allowed = names.sorted().joined(separator: ", ")
        }

        /// The routes for a method, of which a path has few.
        func routes(for method: Method) -> [Route]? { routes.first { $0.method == method }?.list }
    }

    /// Answers a request on its worker's thread.
    func dispatch(_ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: [UInt8]) {
        // Paths are few, and differ in length: comparing with each is quicker than hashing.
        for index in literal.indices where head.hasPath(literal[index].path) {
            dispatch(exchange, head, body, at: literal[index].place)
            return
        }
        let path = head.path
        if head.method == .options && path == "*" {
            exchange.answer(Answer(.ok))
        } else {
            let fitting = isAnyTemplated ? routes.filter { $0.template.match(path) != nil } : []
            if fitting.isEmpty {
                exchange.answer(
                    Problem(
                        .notFound, "not-found", "there is nothing at this path: docs/http-api.md lists what there is"))
            } else {
                dispatch(exchange, head, body, at: Place(fitting))
            }
        }
    }

    private func dispatch(
        _ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: [UInt8], at place: Place
    ) {
        let method = head.method
        if method == .options {
            preflight(exchange, head, place.allowed)
        } else if let routes = place.routes(for: method == .head ? .get : method) {
            // HEAD is GET without the body.
            if case .hub(let endpoint) = routes[0].kind {
                endpoint(exchange.worker, exchange, head, body)
            } else {
                let request = Request(head, RequestBody(body), Hub(exchange.worker.core))
                dispatch(request, on: exchange, to: routes, from: 0)
            }
        } else {
            var problem = Problem(
                .methodNotAllowed, "method-not-allowed", "\(method.name) is not for this path: use \(place.allowed)")
            problem.allow = place.allowed
            exchange.answer(problem)
        }
    }

    /// Asks one route after the other, until one does not decline.
    private func dispatch(_ request: Request, on exchange: Exchange, to routes: [Route], from index: Int) {
        guard index < routes.count else {
            exchange.answer(
                Problem(.notFound, "not-found", "every route at this path declined the request: check its query"))
            return
        }
        switch routes[index].kind {
        case .hub(let endpoint):
            guard case .whole(let bytes) = request.body.content else { return }
            endpoint(exchange.worker, exchange, request.head, bytes)
        case .handler(let handler):
            var request = request
            request.parameters = routes[index].template.match(request.path) ?? PathParameters()
            run(handler, request, on: exchange) { [request] in
                self.dispatch(request, on: exchange, to: routes, from: index + 1)
            }
        }
    }

    private func run(
        _ handler: @escaping @Sendable (Request) async throws -> Response, _ request: Request, on exchange: Exchange,
        orElse goOn: @escaping @Sendable () -> Void
    ) {
        let worker = exchange.worker
        Task(executorPreference: worker.loop) {
            let response: Response
            do {
                response = try await handler(request)
            } catch {
                response = .failure(error, of: request, exchange.client, worker.core.logger)
            }
            worker.loop.submit {
                if case .declined = response.content {
                    goOn()
                } else {
                    worker.send(response, to: request, on: exchange)
                }
            }
        }
    }

    private func preflight(_ exchange: Exchange, _ head: borrowing RequestHead, _ allowed: String) {
        var answer = Answer(.noContent)
        answer.add([(.allow, allowed)])
        if head.fields.contains(.accessControlRequestMethod) {
            answer.add(exchange.worker.core.browserRules.preflightFields(methods: allowed))
        }
        exchange.answer(answer)
    }
}

/// A method, a path, and what answers it.
struct Route: Sendable {
    let method: Method
    let template: PathTemplate
    let kind: Kind
    /// How a program's handler gets the body.
    var body = BodyMode.collected

    enum Kind: Sendable {
        /// One of the hub's own endpoints, on the worker's thread, without a task.
        case hub(@Sendable (Worker, consuming Exchange, borrowing RequestHead, [UInt8]) -> Void)
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
                guard !have.isEmpty, let value = try? PercentEncoding.decode(segment: String(have)) else { return nil }
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
