// Owns the choice of what answers a request. A program's handlers run in tasks on the worker's loop; the hub's own
// endpoints must never need a task.

import HTTPMessage
import Hub
import Network

/// Finds what answers a request: by path, then by method, in the order in which routes were made.
final class Router: Sendable {
    private let routes: [Route]
    /// What there is at a path that a route names without open places; routes with open places that fit it too.
    private let literal: [String: Place]
    private let isAnyTemplated: Bool

    init(_ routes: [Route]) {
        self.routes = routes
        isAnyTemplated = routes.contains { !$0.template.isLiteral }
        var literal: [String: Place] = [:]
        for route in routes where route.template.isLiteral && literal[route.template.text] == nil {
            let path = route.template.text
            literal[path] = Place(routes.filter { $0.template.match(path) != nil })
        }
        self.literal = literal
    }

    /// The routes of one path.
    private final class Place: Sendable {
        let routes: [Method: [Route]]
        /// The methods there are, for `Allow`.
        let allowed: String

        init(_ routes: [Route]) {
            self.routes = Dictionary(grouping: routes) { $0.method }
            var names = Set(routes.map(\.method.name))
            if names.contains("GET") { names.insert("HEAD") }
            names.insert("OPTIONS")
            allowed = names.sorted().joined(separator: ", ")
        }
    }

    /// Answers a request on its worker's thread.
    func dispatch(_ exchange: Exchange) {
        let path = exchange.head.path
        if let place = literal[path] {
            dispatch(exchange, at: place)
        } else if exchange.head.method == .options && path == "*" {
            exchange.answer(Answer(.ok))
        } else {
            let fitting = isAnyTemplated ? routes.filter { $0.template.match(path) != nil } : []
            if fitting.isEmpty {
                exchange.answer(
                    Problem(
                        .notFound, "not-found", "there is nothing at this path: docs/http-api.md lists what there is"))
            } else {
                dispatch(exchange, at: Place(fitting))
            }
        }
    }

    private func dispatch(_ exchange: Exchange, at place: Place) {
        let method = exchange.head.method
        if method == .options {
            preflight(exchange, place.allowed)
        } else if let routes = place.routes[method == .head ? .get : method] {
            // HEAD is GET without the body.
            dispatch(exchange, to: routes[...])
        } else {
            var problem = Problem(
                .methodNotAllowed, "method-not-allowed", "\(method.name) is not for this path: use \(place.allowed)")
            problem.allow = place.allowed
            exchange.answer(problem)
        }
    }

    /// Asks one route after the other, until one does not decline.
    private func dispatch(_ exchange: Exchange, to routes: ArraySlice<Route>) {
        guard let route = routes.first else {
            exchange.answer(
                Problem(.notFound, "not-found", "every route at this path declined the request: check its query"))
            return
        }
        switch route.kind {
        case .hub(let endpoint): endpoint(exchange.worker, exchange)
        case .handler(let handler): run(handler, of: route, on: exchange, orElse: routes.dropFirst())
        }
    }

    private func run(
        _ handler: @escaping @Sendable (Request) async throws -> Response, of route: Route, on exchange: Exchange,
        orElse rest: ArraySlice<Route>
    ) {
        let worker = exchange.worker
        let request = Request(exchange, route.template.match(exchange.head.path) ?? PathParameters())
        Task(executorPreference: worker.loop) {
            let response: Response
            do {
                response = try await handler(request)
            } catch {
                response = .failure(error, of: request, worker.core.logger)
            }
            worker.loop.submit {
                if case .declined = response.content {
                    self.dispatch(exchange, to: rest)
                } else {
                    worker.send(response, on: exchange)
                }
            }
        }
    }

    private func preflight(_ exchange: Exchange, _ allowed: String) {
        var answer = Answer(.noContent)
        answer.add([(.allow, allowed)])
        if exchange.head.fields.contains(.accessControlRequestMethod) {
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
