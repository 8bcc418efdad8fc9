// Owns a server's life, from its sockets to the end of its last worker. Must never leave streams behind that were not
// told.

import Admission
import Answers
import Descriptors
import Hub
import Keys
import Network
public import Settings
import Synchronization
import TLS
import TimerWheel
import Workers

/// A server: its routes, and a hub.
public struct Server: Sendable {
    private let configuration: Configuration
    private let routes: [Route]
    private let handlers: [Routes.Handler]
    private let hooks: StreamHooks
    private let needsKeys: Bool
    private let works: [BackgroundWork]
    private let binding = HubBinding()

    /// Makes a server; it listens once it runs.
    ///
    /// - Parameters:
    ///   - configuration: where it listens, what it keeps, and its limits.
    ///   - routes: adds the routes, in the order in which they are asked.
    /// - Throws: `ConfigurationError` when the configuration cannot work, and what `routes` throws.
    public init(
        _ configuration: Configuration = Configuration(), routes: (inout Routes) throws -> Void = { $0.hub() }
    ) throws {
        var made = Routes()
        try routes(&made)
        // A program's own routes ask for no token unless they do it themselves.
        try configuration.validate(withHub: made.hasHub)
        self.configuration = configuration
        self.routes = made.list
        handlers = made.handlers
        hooks = made.hooks
        // A program's own routes may ask for tokens without the hub's endpoints.
        let hasKeys = !configuration.keyFile.isEmpty || !configuration.jwks.isEmpty
        needsKeys = (made.hasHub || hasKeys) && !configuration.open
        works = made.works
    }

    /// The server's hub, for the program that runs it. It can be had before the server runs, and kept.
    public var hub: Hub { Hub(binding) }

    /// Listens and serves, until the task is cancelled or the process gets SIGTERM or SIGINT; then tells every stream,
    /// and returns when they have ended, after `Configuration.drain` at the latest, and all handlers and all background work
    /// are over. Handlers that still run by then are cancelled; one that does not heed that holds it up.
    ///
    /// After a second signal it returns at once, and waits for none of them. So the process ends, if that is what the program
    /// does next. A cancellation is no signal: it may come beside one, and again.
    ///
    /// When it has returned nothing of it is left but what was not waited for, and it can be run again: the same server, or
    /// another one in its place.
    ///
    /// - Parameter ready: called once it listens, with its URLs, as `http://127.0.0.1:8080`; the ports are those that the
    ///   system picked.
    /// - Throws: `ServerError` when it cannot listen, a certificate cannot be used, or it runs already.
    public func run(ready: @escaping @Sendable ([String]) -> Void = { _ in }) async throws {
        let run = try binding.begin()
        defer { binding.end(run) }
        // Before the log is: a start that cannot succeed leaves no trace there.
        let certificates = try configuration.readCertificates()
        let logger = Logger(configuration)
        var keys = needsKeys && configuration.ownKeyFile == nil ? try readKeys(logger) : nil
        let log = try configuration.openLog()
        // Who was told that an event is in the log was told the truth already: this tidies up, and lets the next hub
        // have it.
        defer { log.close() }
        let credentials = try certificates ?? configuration.makeCertificate()
        if needsKeys, keys == nil {
            try configuration.makeKeyIfNeeded()
            keys = try readKeys(logger)
        }
        let trust = try configuration.trust()
        let core: HubCore
        let urls: [String]
        var fleet: [(worker: Worker, listeners: [Listener])] = []
        do throws(NetworkError) {
            let limit = DescriptorReserve.raiseLimit()
            let count = configuration.workers ?? Process.processorCount
            var listeners: [[Listener]] = []
            let wanted = try configuration.listenAddresses()
            for (address, isSecure) in wanted {
                listeners.append(
                    try Listener.listeners(at: address, count: count, showing: isSecure ? credentials : nil))
            }
            let places = zip(listeners, wanted).map {
                ListeningPlace(address: $0[0].address, isSecure: $1.isSecure)
            }
            core = HubCore(
                configuration.settings(at: places, keys: keys, trust: trust, openFiles: limit), log: log,
                logger: logger, hooks: hooks)
            let program = ProgramRoutes(handlers, hub)
            let router = Router(routes) { program.answer($0, $1, $2, by: $3) }
            for index in 0..<count {
                let worker = try Worker(core: core, router: router, number: index)
                fleet.append((worker, listeners.map { $0[index] }))
            }
            if needsKeys, let open = places.first(where: { !$0.isSecure && !$0.address.isLoopback }) {
                logger.write(
                    .warning,
                    "tokens can be read by whoever is on the way: serve TLS here, or listen where only a proxy can reach",
                    ["listen": open.address.description])
            }
            urls = places.map { "\($0.isSecure ? "https" : "http")://\($0.address)" }
        } catch {
            throw ServerError(error.description)
        }
        // Not before all are there: a start that failed must not leave them to each other.
        for (worker, _) in fleet { core.add(worker) }
        defer {
            // Before the log is closed, so that whoever reads it hears of the end and not of trouble.
            binding.end(run)
            core.disband()
            core.readers.stop()
        }
        keys?.whenChanged { [weak core] in
            for worker in core?.workers ?? [] { worker.loop.submit { worker.endStreamsOfLostKeys() } }
        }
        try await serve(fleet, core, credentials.map { CredentialsWatch($0, core.logger) }) { ready(urls) }
    }

    private func readKeys(_ logger: Logger) throws(ServerError) -> KeyRing {
        do throws(KeySourceError) {
            return try KeyRing(configuration.keySources, now: { Process.uptime }, tell: { logger.write($0) })
        } catch {
            throw ServerError("tokens cannot be verified: \(error.description)")
        }
    }

    private func serve(
        _ fleet: [(worker: Worker, listeners: [Listener])], _ core: HubCore, _ certificates: CredentialsWatch?,
        ready: @escaping @Sendable () -> Void
    ) async throws {
        let drain = configuration.drain.milliseconds
        let background = BackgroundWorks()
        let balance = LoadBalance(fleet.map(\.worker.loop))
        // The workers, and the background work.
        let running = Countdown(fleet.count + 1)
        let stop: @Sendable () -> Void = {
            if core.beginDraining() { return }
            background.end()
            let deadline = Process.uptime + drain
            for worker in core.workers { worker.loop.submit { worker.drain(by: deadline) } }
        }
        // Not by a cancellation that comes after a signal, or before: the program that is told to stop may pass that on.
        let wasSignalled = Atomic(false)
        let stopBySignal: @Sendable () -> Void = {
            if !wasSignalled.exchange(true, ordering: .relaxed) { return stop() }
            for worker in core.workers { worker.loop.submit { worker.loop.stop() } }
            running.open()
        }
        var threads = Threads()
        let signals = try watchSignals(stopBySignal, certificates, core.gate.keys)
        defer { signals.end() }
        // They end with this scope.
        async let _: Void? = certificates?.run()
        async let _: Void? = core.gate.keys?.run()
        // Not within this scope, which waits for all that is: whoever is told twice to end is not to wait for a program's work.
        Task {
            await background.run(hub, core.logger)
            running.countDown()
        }
        // Whoever hears that it is ready may publish at once: that is news to those who wait for it.
        let start = core.presentID
        // Not before signals are watched for: who reads that it is ready may send one.
        ready()
        try await withTaskCancellationHandler {
            for (index, (worker, listeners)) in fleet.enumerated() {
                do throws(NetworkError) {
                    try threads.start {
                        worker.run(listeners, balance: balance)
                        running.countDown()
                    }
                } catch {
                    for started in fleet[..<index] { started.worker.loop.submit { started.worker.loop.stop() } }
                    for _ in index..<fleet.count { running.countDown() }
                    background.end()
                    await running.wait()
                    threads.join()
                    throw ServerError(error.description)
                }
            }
            for work in works { background.add(work, isLasting: true) }
            binding.bind(core, background, start: start)
            await running.wait()
        } onCancel: {
            stop()
        }
        threads.join()
    }

    /// Hears signals as long as the server runs.
    private func watchSignals(
        _ stop: @escaping @Sendable () -> Void, _ certificates: CredentialsWatch?, _ keys: KeyRing?
    ) throws(ServerError) -> SignalThread {
        let readAnew: @Sendable () -> Void = {
            if let certificates, certificates.areFromFiles { certificates.readNow() }
            keys?.readNow()
        }
        let isAnyFileRead = keys != nil || certificates?.areFromFiles == true
        do throws(NetworkError) {
            return try SignalThread(onTermination: stop, onHangUp: isAnyFileRead ? readAnew : nil)
        } catch {
            throw ServerError(error.description)
        }
    }
}

/// The threads of the workers.
private struct Threads {
    private var list: [WorkerThread] = []

    mutating func start(_ body: @escaping @Sendable () -> Void) throws(NetworkError) {
        list.append(try WorkerThread(body))
    }

    /// Waits until all have ended.
    mutating func join() {
        for thread in list { thread.join() }
        list = []
    }
}

/// Lets one task wait until some others, and some threads, are done.
private final class Countdown: Sendable {
    private let state: Mutex<(left: Int, waiting: CheckedContinuation<Void, Never>?)>

    init(_ count: Int) { state = Mutex((count, nil)) }

    func countDown() { count(1) }

    /// Has nobody wait any more.
    func open() { count(.max) }

    private func count(_ some: Int) {
        let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
            state.left = max(0, state.left - some)
            return state.left == 0 ? state.waiting.take() : nil
        }
        waiting?.resume()
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.left > 0 { state.waiting = continuation }
                return state.left == 0
            }
            if isDone { continuation.resume() }
        }
    }
}
