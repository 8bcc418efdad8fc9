import HubSamples
import SeededRandomness
import Synchronization
import Testing

@testable import Hub

@Suite struct LookoutTests {
    @Test(arguments: 0..<40)
    func `whoever reads by a watch gets all that matches, each once, and is woken for nothing else`(
        part: UInt64
    ) throws {
        for seed in part * 2..<part * 2 + 2 {
            let world = LookoutWorld(seed: seed)
            world.run(steps: 400)
            world.rest()
            for reader in world.readers {
                #expect(reader.got == reader.wanted(in: world), "seed \(seed)")
                #expect(reader.isWaiting, "seed \(seed)")
                #expect(reader.emptyWakes == 0, "seed \(seed)")
            }
        }
    }

    @Test(arguments: 0..<40)
    func `the topics of an inbox change between two events, however late its reader comes`(seed: UInt64) throws {
        for seed in seed * 10..<seed * 10 + 10 {
            let world = LookoutWorld(seed: seed, hasInbox: true)
            world.run(steps: 80)
            world.rest()
            for reader in world.readers { #expect(reader.got == reader.wanted(in: world), "seed \(seed)") }
        }
    }

    @Test func `a thousand who wait for other topics are not woken`() throws {
        let world = LookoutWorld(seed: 1)
        let woken = Mutex(0)
        let watches = (0..<1000).map { world.lookout.watch([pattern("idle/\($0)"), pattern("idle/\($0)/**")]) }
        for watch in watches {
            #expect(watch.position(after: 0) { woken.withLock { $0 += 1 } } == nil)
        }
        for _ in 0..<500 { world.publish(["busy"]) }
        world.ingestAll()
        #expect(world.lookout.wakeCount == 0 && woken.withLock { $0 } == 0)
        world.publish(["idle/7/x", "idle/8", "busy"])
        world.publish(["idle/7"])
        world.ingestAll()
        // Once each: who is awake is not woken.
        #expect(world.lookout.wakeCount == 2 && woken.withLock { $0 } == 2)
        let next = watches[7].position(after: 0) {}
        #expect(next?.after == 500 && next?.through == 502)
    }

    @Test func `a watch that is let go of leaves nothing`() {
        let lookout = Lookout()
        var watches = (0..<100).map { lookout.watch([pattern("a/\($0)"), pattern("a/*")]) }
        #expect(lookout.watchCount == 100)
        watches.removeAll()
        #expect(lookout.watchCount == 0)
    }

    @Test func `who is roused or comes after the end does not wait`() {
        let lookout = Lookout()
        let watch = lookout.watch([pattern("a")])
        let woken = Mutex(0)
        let wake: @Sendable () -> Void = { woken.withLock { $0 += 1 } }
        #expect(watch.position(after: 0, orElse: wake) == nil)
        watch.rouse()
        #expect(woken.withLock { $0 } == 1)
        #expect(watch.position(after: 0, orElse: wake) != nil)
        let other = lookout.watch([pattern("b")])
        #expect(other.position(after: 3, orElse: wake) == nil)
        lookout.close()
        #expect(woken.withLock { $0 } == 2)
        #expect(other.position(after: 3, orElse: wake)?.after == 3)
        #expect(woken.withLock { $0 } == 2)
    }
}
