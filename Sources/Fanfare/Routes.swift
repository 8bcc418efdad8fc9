// Owns the list of routes while a program makes it. It never changes once the server is made.

import Answers
public import HTTPMessage
import Workers

/// The routes of a server, while a program makes them.
///
/// A path is made of segments. `{name}` stands for one segment, a last `{name...}` for any number of them, and all else
/// for itself, octet for octet: `/a`, `/a/` and `//a` are three paths, and `/%61` is a fourth. A segment that is `.` or
/// `..`, encoded or not, fits no open place.
///
/// Of the routes whose path and method fit a request the one that was added first answers it, whether it has open places or
/// not. If it declines, the next is asked. HEAD is answered as GET is, without the body; OPTIONS and a browser's preflight
/// are answered from the list of the methods that there are at a path, and any other method is 405 with that list.
public struct Routes {
    /// What answers a request. It runs in a task of its own on the loop of the request's connection: what takes the
    /// processor for long belongs elsewhere.
    ///
    /// The task is cancelled when the client goes, or has ended its sending and got no answer within 5 seconds, and when the
    /// server stops and `Configuration.drain` is over. `Server.run` does not return before it has ended.
    public typealias Handler = @Sendable (Request) async throws -> Response
    /// What stands before handlers: it hands requests on to the next, with what it adds to them under a ``RequestKey``, and
    /// responses back, changed or not, or answers itself.
    public typealias Middleware = @Sendable (Request, @escaping Handler) async throws -> Response

    var list: [Route] = []
    /// What answers for those of the program, by their numbers.
    private(set) var handlers: [Handler] = []
    /// Whether the hub's own endpoints are among them.
    var hasHub = false
    /// What stands before the path of each route that is added.
    private var prefix = ""
    /// What stands before its handler, the outermost first.
    private var middleware: [Middleware] = []
    /// Whether pages of any origin may read what it answers.
    private var isForAnyOrigin = false
    /// What is to be called when streams come and go.
    var hooks = StreamHooks()
    /// What is begun when the server is ready.
    var works: [BackgroundWork] = []

    /// Answers GET, and HEAD without the body, at a path.
    public mutating func get(_ path: String, _ handler: @escaping Handler) { on(.get, path, handler) }

    /// Answers POST at a path.
    ///
    /// - Parameters:
    ///   - path: the path.
    ///   - body: how the handler gets the body.
    ///   - handler: answers the request, or declines it.
    public mutating func post(_ path: String, body: BodyMode = .collected, _ handler: @escaping Handler) {
        on(.post, path, body: body, handler)
    }

    /// Answers PUT at a path.
    ///
    /// - Parameters:
    ///   - path: the path.
    ///   - body: how the handler gets the body.
    ///   - handler: answers the request, or declines it.
    public mutating func put(_ path: String, body: BodyMode = .collected, _ handler: @escaping Handler) {
        on(.put, path, body: body, handler)
    }

    /// Answers PATCH at a path (RFC 5789).
    ///
    /// - Parameters:
    ///   - path: the path.
    ///   - body: how the handler gets the body.
    ///   - handler: answers the request, or declines it.
    public mutating func patch(_ path: String, body: BodyMode = .collected, _ handler: @escaping Handler) {
        on(.patch, path, body: body, handler)
    }

    /// Answers DELETE at a path.
    public mutating func delete(_ path: String, _ handler: @escaping Handler) { on(.delete, path, handler) }

    /// Answers a method at a path.
    ///
    /// - Parameters:
    ///   - method: `.get` answers HEAD too; any that has no name here is `.other`, with a token. With `.options` a route
    ///     answers OPTIONS in place of the server, but no browser's preflight.
    ///   - path: begins with `/`; in a group it may be empty, which is the group's own path.
    ///   - body: how the handler gets the body.
    ///   - handler: answers the request, or declines it. A ``Problem`` that it throws is the answer; any other error is 500,
    ///     and logged.
    public mutating func on(
        _ method: HTTPMessage.Method, _ path: String, body: BodyMode = .collected, _ handler: @escaping Handler
    ) {
        precondition(HTTPMessage.Method(method.name) == method, "\(method) is not how a method is written")
        var route = Route(method: method, template: template(path), kind: .program(handlers.count))
        if case .streamed(let limit) = body { route.streamedBodyLimit = limit }
        route.isForAnyOrigin = isForAnyOrigin
        handlers.append(wrapped(handler))
        add(route)
    }

    /// Has what is added in `add` at paths that begin with a prefix. What it uses stands before its own routes only.
    ///
    /// - Parameters:
    ///   - prefix: begins with `/`, and may have open places.
    ///   - add: adds the routes.
    public mutating func group(_ prefix: String, _ add: (inout Routes) throws -> Void) rethrows {
        let outside = (self.prefix, middleware, isForAnyOrigin)
        defer { (self.prefix, middleware, isForAnyOrigin) = outside }
        self.prefix = path(prefix)
        if self.prefix.utf8.last == UInt8(ascii: "/") { self.prefix.removeLast() }
        try add(&self)
    }

    /// Has requests go by a middleware before they reach the handlers that are added after it, in this group.
    ///
    /// The first that is used is the outermost. What `next` gives is what the route answered, streams too, whose fields may
    /// be changed as any other's; a ``Problem`` that was thrown has become a response by then, and any other error comes out
    /// of `next` as it was thrown, unless ``allowAnyOrigin()`` stands between. A response that declines
    /// (``Response/isDeclined``) is to be handed back as it is. The hub's own endpoints run without a task, and go by no
    /// middleware.
    public mutating func use(_ middleware: @escaping Middleware) { self.middleware.append(middleware) }

    /// Lets pages of any origin read what the handlers answer that are added after it, in this group, and opens streams to
    /// them: without cookies, and whatever `Configuration.cors` says (Fetch, section 3.3). A browser's preflight is
    /// answered accordingly. Who writes from a page of another origin is refused all the same, unless
    /// `Configuration.cors` has that origin.
    public mutating func allowAnyOrigin() {
        isForAnyOrigin = true
        use { request, next in
            let response: Response
            do {
                response = try await next(request)
            } catch {
                // Without the field a page would hear of no status at all. A task that is cancelled has nobody to tell.
                if Task.isCancelled { throw error }
                response = .answer(to: request.body.cause(of: error))
            }
            return response.isDeclined ? response : response.with("Access-Control-Allow-Origin", "*")
        }
    }

    /// Adds a route that is made.
    mutating func add(_ route: Route) { list.append(route) }

    /// The template of a path in the present group.
    func template(_ text: String) -> PathTemplate { PathTemplate(path(text)) }

    /// A path in the present group.
    private func path(_ text: String) -> String {
        precondition(
            text.utf8.first == UInt8(ascii: "/") || (text.isEmpty && !prefix.isEmpty),
            "the path of a route begins with /: \(text)")
        return prefix + text
    }

    /// A handler with all middleware before it.
    func wrapped(_ handler: @escaping Handler) -> Handler {
        middleware.reversed().reduce(handler) { next, middleware in
            let next = Self.settled(next)
            return { request in try await middleware(request, next) }
        }
    }

    /// What a handler throws for the client is an answer like any other, to which middleware may add fields.
    private static func settled(_ handler: @escaping Handler) -> Handler {
        { request in
            do {
                return try await handler(request)
            } catch {
                guard let answer = Response.problem(thrown: error) else { throw error }
                return answer
            }
        }
    }
}
