import Proxies
import SeededRandomness
import Synchronization
import Testing

@testable import Admission

@Suite struct `The pace of publishing` {
    private let jack = Claimant.user(named: "jack")

    @Test func `lets a second's worth through at once, and then the rate`() {
        let pace = PublishPace(rate: 4)
        for _ in 0..<4 { #expect(pace.take(1, of: jack, at: 0) == nil) }
        #expect(pace.take(1, of: jack, at: 0) == 250)
        #expect(pace.take(1, of: jack, at: 249) == 1)
        #expect(pace.take(1, of: jack, at: 250) == nil)
        #expect(pace.take(2, of: jack, at: 251) == 499)
        #expect(pace.take(2, of: jack, at: 750) == nil)
        for _ in 0..<4 { #expect(pace.take(1, of: jack, at: 10_000) == nil) }
        #expect(pace.take(1, of: jack, at: 10_000) == 250)
    }

    @Test func `takes a body of more than a second's worth when nothing is owed, and then waits for it`() {
        let pace = PublishPace(rate: 10)
        #expect(pace.take(1, of: jack, at: 0) == nil)
        #expect(pace.take(95, of: jack, at: 0) == 100)
        #expect(pace.take(95, of: jack, at: 100) == nil)
        // 9.5 s are owed, of which one may stand.
        #expect(pace.take(1, of: jack, at: 100) == 8600)
        #expect(pace.take(11, of: jack, at: 100) == 9500)
        #expect(pace.take(1, of: jack, at: 8699) == 1)
        #expect(pace.take(1, of: jack, at: 8700) == nil)
    }

    @Test func `is each client's own`() {
        let pace = PublishPace(rate: 1)
        let clients = [jack, .user(named: "jill"), address("192.0.2.1"), address("192.0.2.2"), .unknown]
        for client in clients { #expect(pace.take(1, of: client, at: 0) == nil) }
        for client in clients { #expect(pace.take(1, of: client, at: 0) == 1000) }
    }

    @Test func `takes an IPv6 network of 64 bits for one client, and a port for nothing`() {
        let pace = PublishPace(rate: 1)
        #expect(pace.take(1, of: address("2001:db8:0:1::1"), at: 0) == nil)
        #expect(pace.take(1, of: address("2001:db8:0:1:ffff::2"), at: 0) == 1000)
        #expect(pace.take(1, of: address("2001:db8:0:2::1"), at: 0) == nil)
        #expect(pace.take(1, of: address("192.0.2.1", port: 1), at: 0) == nil)
        #expect(pace.take(1, of: address("192.0.2.1", port: 2), at: 0) == 1000)
        #expect(pace.take(1, of: address("::ffff:192.0.2.1"), at: 0) == 1000)
    }

    @Test(arguments: [1, 2, 3, 4]) func `never lets through more than the rate and a second's worth`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rate = [1, 3, 7, 1000][Int(seed) - 1]
        let pace = PublishPace(rate: rate)
        var now = 0
        var taken: [(time: Int, events: Int)] = []
        for _ in 0..<2000 {
            now += Int.random(in: 0...(2000 / rate), using: &random)
            let events = Int.random(in: 1...max(1, rate / 2), using: &random)
            if let wait = pace.take(events, of: jack, at: now) {
                #expect(wait > 0)
                if Bool.random(using: &random) {
                    // It is not a moment too long, and enough.
                    #expect(pace.take(events, of: jack, at: now + wait - 1) != nil)
                    now += wait
                    #expect(pace.take(events, of: jack, at: now) == nil)
                    taken.append((now, events))
                }
            } else {
                taken.append((now, events))
            }
        }
        for start in stride(from: 0, to: taken.count, by: 7) {
            var sum = 0
            for index in start..<min(start + 60, taken.count) {
                sum += taken[index].events
                let span = taken[index].time - taken[start].time
                #expect(sum * 1000 <= rate * 1000 + rate * span, "\(sum) events in \(span) ms")
            }
        }
    }

    @Test func `forgets whoever owes nothing, and is bounded by a number of clients`() {
        let pace = PublishPace(rate: 1, mostClients: 4096)
        var most = 0
        for number in 0..<20_000 {
            #expect(pace.take(1, of: .address(IPAddress([1, 2, 3].map(UInt8.init) + bytes(number))!), at: 0) == nil)
            most = max(most, pace.clientCount)
        }
        #expect(most <= 4096)
        #expect(pace.clientCount >= 2048)
        // A second later nobody owes anything; they go when others come.
        for number in 0..<4096 {
            #expect(pace.take(1, of: .user(named: "\(number)"), at: 2000 + 10 * number) == nil)
        }
        #expect(pace.clientCount <= 1024)
    }

    @Test func `remembers those who owe the most when there are too many`() {
        let pace = PublishPace(rate: 1, mostClients: 4096)
        #expect(pace.take(10_000, of: jack, at: 0) == nil)
        for number in 0..<20_000 {
            _ = pace.take(1, of: .address(IPAddress([1, 2, 3].map(UInt8.init) + bytes(number))!), at: 0)
        }
        #expect(pace.take(1, of: jack, at: 0) == 10_000_000)
    }

    @Test func `counts on all threads together`() async {
        let pace = PublishPace(rate: 1000)
        let taken = await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { (0..<1000).count { _ in pace.take(1, of: .user(named: "jack"), at: 0) == nil } }
            }
            return await group.reduce(0, +)
        }
        #expect(taken == 1000)
    }

    /// Thirteen bytes that differ with the number in the first half, which is what counts.
    private func bytes(_ number: Int) -> [UInt8] {
        (0..<5).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } + Array(repeating: 0, count: 8)
    }

    private func address(_ text: String, port: UInt16? = nil) -> Claimant {
        Claimant(ClientAddress(IPAddress(text)!, port: port))
    }
}
