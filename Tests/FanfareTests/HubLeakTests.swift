#if os(Linux)
    import Foundation
    import Network
    import Synchronization
    import Testing

    @testable import Fanfare

    /// What is left of servers that have ended, counted in a process of its own.
    @Suite struct HubLeakTests {
        @Test func `servers that run one after the other leave no memory, descriptors, threads or tasks`() async {
            await #expect(processExitsWith: .success) {
                let directory = FileManager.default.temporaryDirectory.appending(path: "fanfare-\(UUID().uuidString)")
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
                defer { try? FileManager.default.removeItem(at: directory) }
                let path = directory.appending(path: "log.db").path
                let again = try HubWorld()
                for round in 0..<12 { try await Self.runOnce(round, path, again) }
                let before = Footprint()
                for round in 0..<40 { try await Self.runOnce(round, path, again) }
                let after = Footprint()
                #expect(Token.count.load(ordering: .relaxed) == 0)
                #expect(after.descriptors <= before.descriptors + 2, "\(before) \(after)")
                #expect(after.threads <= before.threads + 2, "\(before) \(after)")
                // A core alone, with its workers, takes more than a hundred KiB.
                #expect(after.kibibytes <= before.kibibytes + 3000, "\(before) \(after)")
            }
        }

        @Test func `a reader that has stopped reading holds a page, however much is published`() async {
            await #expect(processExitsWith: .success) {
                try await withHub({
                    $0.retainEvents = 100; $0.workers = 1
                }) { hub in
                    let data = String(repeating: "x", count: 4096)
                    func publish(_ count: Int) async throws {
                        for _ in 0..<count { try await hub.publish(Event(data), to: "a") }
                    }
                    try await publish(3000)
                    let before = Footprint()
                    var stuck: [HubEvents.Iterator] = []
                    for _ in 0..<10 {
                        var events = hub.subscribe("a", from: .earliest).makeAsyncIterator()
                        _ = try await events.next()
                        stuck.append(events)
                    }
                    let never = (0..<1000).map { _ in hub.subscribe("a") }
                    try await publish(20_000)
                    // Pages of 64 KiB, and not the 80 MiB that were published.
                    let after = Footprint()
                    #expect(after.kibibytes <= before.kibibytes + 10 * 300 + 3000, "\(before) \(after)")
                    for index in stuck.indices {
                        var gaps = 0
                        for _ in 0..<40 { if try await stuck[index].next()?.isGap == true { gaps += 1 } }
                        #expect(gaps == 1)
                    }
                    #expect(never.count == 1000)
                }
            }
        }

        /// A life with something of everything, ended while it goes on.
        private static func runOnce(_ round: Int, _ path: String, _ again: HubWorld) async throws {
            let token = Token()
            let world =
                round % 3 == 0
                ? again
                : try HubWorld({ if round % 3 == 1 { $0.log = .sqlite(path) } }) { routes in
                    routes.hub()
                    routes.background { [token] hub in
                        for try await _ in hub.subscribe("**") {}
                        withExtendedLifetime(token) {}
                    }
                }
            let hub = world.hub
            hub.background { [token] _ in
                try? await Task.sleep(for: .seconds(1000))
                withExtendedLifetime(token) {}
            }
            try await withThrowingTaskGroup { group in
                for number in 0..<10 {
                    group.addTask { [token] in
                        let code = await failure { () throws(Hub.Failure) in
                            for try await _ in hub.subscribe("topic/\(number)", "all/**", from: .earliest) {}
                        }
                        withExtendedLifetime(token) { #expect(code == .stopped) }
                    }
                }
                try await world.run { hub in
                    for number in 0..<50 {
                        try await hub.publish(Event("\(number)"), to: "topic/\(number % 10)", "all")
                    }
                    try await hub.inbox(of: "u").set(topics: ["all"])
                    _ = try await hub.inbox(of: "u").unread()
                    _ = try await hub.presence(on: "all")
                }
                try await group.waitForAll()
            }
        }

        /// Something that a task has for as long as it is there.
        private final class Token: Sendable {
            static let count = Atomic<Int>(0)

            init() { Self.count.add(1, ordering: .relaxed) }

            deinit { Self.count.subtract(1, ordering: .relaxed) }
        }

        /// What the process has of the system.
        private struct Footprint {
            let descriptors: Int
            let threads: Int
            let kibibytes: Int

            init() {
                Process.returnFreeMemory()
                descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
                threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
                let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
                let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
                kibibytes = line.flatMap { Int($0.split(whereSeparator: { !$0.isNumber }).first ?? "") } ?? -1
            }
        }
    }
#endif
