// Owns the way from a request to a program's handlers, which run in tasks on the worker's loop. Must never leave one running
// for a client that is gone.

import Answers
import HTTPMessage
import Hub
import Network
import Wishes
import Workers

/// The handlers of a program's routes.
final class ProgramRoutes: Sendable {
    private let handlers: [Routes.Handler]
    private let hub: Fanfare.Hub

    /// - Parameters:
    ///   - handlers: by the numbers that routes have.
    ///   - hub: what requests have as their server's.
    init(_ handlers: [Routes.Handler], _ hub: Fanfare.Hub) {
        self.handlers = handlers
        self.hub = hub
    }

    /// Answers a request by the first of some routes that does not decline it.
    func answer(_ exchange: Exchange, _ head: borrowing RequestHead, _ body: ArrivingBody, by routes: [Route]) {
        dispatch(Request(head, RequestBody(body), of: exchange, hub), on: exchange, to: routes, from: 0)
    }

    /// Asks one route after the other, until one does not decline.
    private func dispatch(_ request: Request, on exchange: Exchange, to routes: [Route], from index: Int) {
        guard index < routes.count else {
            exchange.answer(
                Problem(
                    .notFound, "not-found", "there is nothing at this path for this request: check the path, its query"
                ))
            return
        }
        let route = routes[index]
        var request = request
        if case .incoming(let reading, _) = request.body.content {
            if reading.body.taken > 0 {
                let misuse = BodyMisuse(description: "a route read of the body before it declined the request")
                fail(misuse, of: request, on: exchange)
                return
            }
            guard let limit = route.streamedBodyLimit else {
                request.body = RequestBody(.incoming(reading, upTo: exchange.worker.core.limits.bodyBytes))
                collect(request, on: exchange) { self.dispatch($0, on: exchange, to: routes, from: index) }
                return
            }
            request.body = RequestBody(.incoming(reading, upTo: limit))
        }
        // A route that was asked before it wanted the whole body, which may be longer than this one takes.
        if case .whole(let bytes) = request.body.content, let limit = route.streamedBodyLimit, bytes.count > limit {
            exchange.answer(Problem.bodyTooLarge(limit))
            return
        }
        switch route.kind {
        case .hub(let endpoint):
            if case .whole(let bytes) = request.body.content {
                endpoint(exchange.worker, exchange, request.head, bytes)
            }
        case .program(let number):
            let split = SplitPath(request.head.pathBytes)
            request.parameters = PathParameters(route.template.match(split) ?? [:])
            run(handlers[number], request, on: exchange) { [request] in
                self.dispatch(request, on: exchange, to: routes, from: index + 1)
            }
        }
    }

    private func run(
        _ handler: @escaping Routes.Handler, _ request: Request, on exchange: Exchange,
        orElse goOn: @escaping @Sendable () -> Void
    ) {
        // Nobody waits for it by now, if the route before it took its time.
        guard exchange.isCurrent else { return }
        let worker = exchange.worker
        let task = worker.beginTask {
            let response: Response
            var wasCancelled = false
            do {
                response = try await handler(request)
            } catch {
                wasCancelled = Task.isCancelled
                response = .answer(to: request.body.cause(of: error))
            }
            worker.loop.submit { [wasCancelled] in
                // What it throws because its client is gone is no failure, and nobody gets it.
                if wasCancelled, !exchange.isCurrent { return }
                if response.isDeclined { goOn() } else { worker.send(response, to: request, on: exchange) }
            }
        }
        exchange.carrier.tie(task)
        request.body.onFailure { task.cancel() }
    }

    /// Waits for the whole body, which the next route wants to be there.
    private func collect(
        _ request: Request, on exchange: Exchange, then goOn: @escaping @Sendable (Request) -> Void
    ) {
        let worker = exchange.worker
        worker.beginTask {
            do {
                var request = request
                request.body = RequestBody(try await request.body.collect())
                worker.loop.submit { [request] in goOn(request) }
            } catch {
                worker.loop.submit { self.fail(error, of: request, on: exchange) }
            }
        }
    }

    private func fail(_ error: any Error, of request: Request, on exchange: Exchange) {
        exchange.worker.send(.answer(to: request.body.cause(of: error)), to: request, on: exchange)
    }
}
