// Owns the choice of what answers a request. The hub's own endpoints must never need a task; how a program's routes answer is
// not known here.

import Admission
import Answers
package import HTTPMessage
import Hub
import Network
import Wishes

/// Finds what answers a request: by path, then by method, in the order in which routes were made.
package final class Router: Sendable {
    private let program: Program
    /// The paths of the hub's endpoints, and what is there; routes with open places that fit too.
    private let hub: [(path: String, place: Place)]
    /// The same of all other paths that routes name without open places.
    private let literal: [String: Place]
    private let templated: [Route]
    private let healthPaths: [String]
    /// How many bytes a body may have in any route that reads it while it comes; 0 if there is none.
    let mostStreamedBytes: Int

    /// Has a program answer a request by one of its routes, or of the hub's, that fit it, of which the first is asked first.
    package typealias Program = @Sendable (Exchange, borrowing RequestHead, ArrivingBody, [Route]) -> Void

    /// - Parameters:
    ///   - routes: all routes, in the order in which they are asked.
    ///   - program: answers by those that are not the hub's.
    package init(_ routes: [Route], program: @escaping Program) {
        self.program = program
        mostStreamedBytes = routes.compactMap(\.streamedBodyLimit).max() ?? 0
        templated = routes.filter { !$0.template.isLiteral }
        healthPaths = routes.filter(\.isForHealth).map(\.template.text)
        var hub: [(path: String, place: Place)] = []
        var literal: [String: Place] = [:]
        var paths: Set<String> = []
        // In the order in which they were added: those that are asked for most are the first of the hub's.
        for path in routes.filter(\.template.isLiteral).map(\.template.text) where paths.insert(path).inserted {
            let split = SplitPath(path)
            let place = Place(routes.filter { $0.template.match(split) != nil })
            if place.isHub { hub.append((path, place)) } else { literal[path] = place }
        }
        self.hub = hub
        self.literal = literal
    }

    /// The routes of one path.
    private final class Place: Sendable {
        let routes: [Route]
        private let methods: [(method: HTTPMessage.Method, list: [Route])]
        /// Whether one of the hub's endpoints is here.
        let isHub: Bool

        init(_ routes: [Route]) {
            self.routes = routes
            isHub = routes.contains {
                if case .hub = $0.kind { return true }
                return false
            }
            var methods = Set(routes.map(\.method))
            if methods.contains(.get) { methods.insert(.head) }
            self.methods = methods.map { method in (method, routes.filter { $0.answers(method) }) }
        }

        /// The routes for a method, of which a path has few.
        func routes(for method: HTTPMessage.Method) -> [Route]? { methods.first { $0.method == method }?.list }
    }

    /// The methods that some routes have, for `Allow`.
    private static func methods(of routes: [Route]) -> String {
        var names = Set(routes.map(\.method.name))
        if names.contains("GET") { names.insert("HEAD") }
        names.insert("OPTIONS")
        return names.sorted().joined(separator: ", ")
    }

    /// Whether a request asks for the server's health.
    func isForHealth(_ head: borrowing RequestHead) -> Bool {
        for path in healthPaths where head.hasPath(path) { return true }
        return false
    }

    /// How many bytes of a request's body may be read while they come, if the first route that fits wants it so.
    func streamedBodyLimit(of head: borrowing RequestHead) -> Int? {
        for index in hub.indices where head.hasPath(hub[index].path) {
            return hub[index].place.routes(for: head.method)?[0].streamedBodyLimit
        }
        if let place = literal[head.path] { return place.routes(for: head.method)?[0].streamedBodyLimit }
        let (split, method) = (SplitPath(head.pathBytes), head.method)
        return templated.first { $0.answers(method) && $0.template.match(split) != nil }?.streamedBodyLimit
    }

    /// Answers a request on its worker's thread.
    func dispatch(_ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: ArrivingBody) {
        // The hub's paths are few, and differ in length: comparing with each is quicker than hashing.
        for index in hub.indices where head.hasPath(hub[index].path) {
            let place = hub[index].place
            dispatch(exchange, head, body, to: place.routes(for: head.method), among: place.routes)
            return
        }
        let path = head.path
        if let place = literal[path] {
            dispatch(exchange, head, body, to: place.routes(for: head.method), among: place.routes)
        } else if head.method == .options && path == "*" {
            exchange.answer(Answer(.ok))
        } else {
            let split = SplitPath(head.pathBytes)
            let fitting = templated.filter { $0.template.match(split) != nil }
            if fitting.isEmpty {
                exchange.answer(nothing)
            } else {
                let method = head.method
                let routes = fitting.filter { $0.answers(method) }
                dispatch(exchange, head, body, to: routes.isEmpty ? nil : routes, among: fitting)
            }
        }
    }

    /// What is answered where no path fits. A program's own routes are in no list but its own.
    private var nothing: Problem {
        var list = "docs/http-api.md lists what a hub has"
        if let description = hub.first(where: { $0.path.hasSuffix("/openapi.json") }) {
            list += ", as \(description.path) does"
        }
        return Problem(.notFound, "not-found", "there is nothing at this path: \(list)")
    }

    /// Answers a request by the routes of its path that have its method, nil if there are none.
    ///
    /// - Parameter all: all routes of its path.
    private func dispatch(
        _ exchange: consuming Exchange, _ head: borrowing RequestHead, _ body: ArrivingBody, to routes: [Route]?,
        among all: [Route]
    ) {
        let method = head.method
        let isPreflight = method == .options && head.fields.contains(.accessControlRequestMethod)
        if !isPreflight, let routes {
            if case .hub(let endpoint) = routes[0].kind, case .whole(let bytes) = body {
                endpoint(exchange.worker, exchange, head, bytes)
            } else {
                program(exchange, head, body, routes)
            }
        } else if method == .options {
            tellOptions(exchange, head, all)
        } else {
            let allowed = Self.methods(of: all)
            var problem = Problem(
                .methodNotAllowed, "method-not-allowed", "\(method.name) is not for this path: use \(allowed)")
            problem.allow = allowed
            exchange.answer(problem)
        }
    }

    /// Answers OPTIONS, and what browsers ask before they let a page of another origin ask (Fetch, section 4.8).
    private func tellOptions(_ exchange: Exchange, _ head: borrowing RequestHead, _ all: [Route]) {
        var answer = Answer(.noContent)
        let allowed = Self.methods(of: all)
        answer.add([(.allow, allowed)])
        if all.contains(where: \.isForAnyOrigin) { answer.add([(.accessControlAllowOrigin, "*")]) }
        if head.fields.contains(.accessControlRequestMethod) {
            answer.add(exchange.worker.core.browserRules.preflightFields(methods: allowed, for: head))
        }
        exchange.answer(answer)
    }
}
