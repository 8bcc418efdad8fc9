// Owns what workers share. Whatever changes here is behind a lock or atomic; nothing here may belong to one worker.

package import Admission
package import Answers
package import Hub
package import Network
package import Settings
import Synchronization
package import Wishes

/// What all workers of a server share: the log, the settings, and the list of workers.
package final class HubCore: Sendable {
    package let log: any EventLog
    let rules: StreamRules
    /// How much one request may have.
    package let limits: EventLimits
    /// What is asked of every event.
    package let events: EventRules
    let connectionLimits: ConnectionLimits
    let browserRules: BrowserRules
    /// What is asked of those who make requests.
    package let gate: Gate
    /// Where those are sent who ask in clear; nil if they are served.
    let redirect: TLSRedirect?
    /// Where the server listens.
    package let places: [ListeningPlace]
    /// Which proxies' words count.
    let trust: ProxyTrust
    let counter: ConnectionCounter
    package let logger: Logger
    /// Who reads the log inside the program.
    package let lookout = Lookout()
    /// How much each client may publish; nil if that is not limited.
    let publishPace: PublishPace?
    /// How many streams each client may have; nil if that is not limited.
    let streamQuota: StreamQuota?
    let refusals = RefusalCounts()
    /// Where files are waited for.
    package let readers = BlockingThreads()
    /// What the program wants called when streams come and go.
    let hooks: StreamHooks
    private let draining = Atomic<Bool>(false)
    /// How often the program has published.
    private let publishCount = Atomic<Int>(0)
    private let fleet = Mutex<[Worker]>([])

    package init(_ settings: HubSettings, log: any EventLog, logger: Logger, hooks: StreamHooks) {
        self.log = log
        self.logger = logger
        self.hooks = hooks
        rules = settings.streams
        limits = settings.events
        events = EventRules(settings.events, epoch: log.epoch)
        connectionLimits = settings.connections
        browserRules = settings.browsers
        gate = settings.gate
        redirect = settings.redirect
        places = settings.places
        trust = settings.trust
        counter = ConnectionCounter(most: settings.mostConnections)
        publishPace = settings.publishPace
        streamQuota = settings.streamQuota
    }

    /// Whether the server is about to stop.
    var isDraining: Bool { draining.load(ordering: .acquiring) }

    /// The server is about to stop.
    ///
    /// - Returns: whether it was already.
    package func beginDraining() -> Bool { draining.exchange(true, ordering: .acquiringAndReleasing) }

    package var workers: [Worker] { fleet.withLock(\.self) }

    package func add(_ worker: Worker) { fleet.withLock { $0.append(worker) } }

    /// Lets the workers go, which know this core too.
    package func disband() { fleet.withLock { $0 = [] } }

    /// Waits while a worker has yet to see very much of what the log has, and lets others have their turn now and then. Without
    /// it a program's task that publishes in a loop need never wait: a log in memory has each event at once.
    package func catchUp() async {
        if publishCount.wrappingAdd(1, ordering: .relaxed).newValue % 64 == 0 { await Task.yield() }
        while fleet.withLock({ $0.contains { $0.batches.count >= Self.mostUnseen } }) {
            // It throws when the task is cancelled, which is to go on.
            do { try await Task.sleep(for: .milliseconds(1)) } catch { return }
        }
    }

    /// Who publishes inside the program waits while a worker has so many batches to see.
    private static var mostUnseen: Int { 4096 }

    /// Asks every worker on its own thread, and puts the answers together. A worker that has ended says nothing.
    func gather<Value: Sendable>(_ ask: @escaping @Sendable (Worker) -> Value) async -> [Value] {
        var values: [Value] = []
        for worker in workers {
            if let value = await self.ask(worker, ask) { values.append(value) }
        }
        return values
    }

    /// Asks one worker on its own thread; one that has ended says nothing.
    func ask<Value: Sendable>(_ worker: Worker, _ ask: @escaping @Sendable (Worker) -> Value) async -> Value? {
        await withCheckedContinuation { continuation in
            let isTaken = worker.loop.submit { continuation.resume(returning: ask(worker)) }
            if !isTaken { continuation.resume(returning: nil) }
        }
    }
}
