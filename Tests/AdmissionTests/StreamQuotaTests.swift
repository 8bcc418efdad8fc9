import Proxies
import SeededRandomness
import Testing

@testable import Admission

@Suite struct `The quota of streams` {
    @Test func `lets as many be open for an address as it says, and one more when one has gone`() throws {
        let quota = try #require(StreamQuota(perAddress: 2, perUser: nil))
        let first = try quota.lease(for: client("192.0.2.1"), user: nil)
        var second: StreamLease? = try quota.lease(for: client("192.0.2.1"), user: "jack")
        #expect(refusal(quota, "192.0.2.1", nil) == "address 2")
        #expect(quota.count(of: Claimant(client("192.0.2.1"))) == 2)
        let elsewhere = try quota.lease(for: client("192.0.2.2"), user: nil)
        withExtendedLifetime(second) {}
        second = nil
        let third = try quota.lease(for: client("192.0.2.1"), user: nil)
        withExtendedLifetime((first, elsewhere, third)) {}
    }

    @Test func `lets as many be open for a user as it says, wherever they are, and any number without one`() throws {
        let quota = try #require(StreamQuota(perAddress: nil, perUser: 1))
        let jack = try quota.lease(for: client("192.0.2.1"), user: "jack")
        #expect(refusal(quota, "192.0.2.2", "jack") == "user 1")
        let others = try [
            quota.lease(for: client("192.0.2.1"), user: "jill"), quota.lease(for: client("192.0.2.1"), user: nil),
            quota.lease(for: client("192.0.2.1"), user: nil),
        ]
        // The same letter in two ways is two users.
        let composed = try quota.lease(for: nil, user: "\u{E9}")
        let decomposed = try quota.lease(for: nil, user: "e\u{301}")
        withExtendedLifetime((jack, others, composed, decomposed)) {}
    }

    @Test func `takes no place with one limit when the other one is reached`() throws {
        let quota = try #require(StreamQuota(perAddress: 5, perUser: 1))
        let jack = try quota.lease(for: client("192.0.2.1"), user: "jack")
        for _ in 0..<10 { #expect(refusal(quota, "192.0.2.1", "jack") == "user 1") }
        #expect(quota.count(of: Claimant(client("192.0.2.1"))) == 1)
        withExtendedLifetime(jack) {}
    }

    @Test func `takes an IPv6 network of 64 bits for one address`() throws {
        let quota = try #require(StreamQuota(perAddress: 1, perUser: nil))
        let lease = try quota.lease(for: client("2001:db8::1"), user: nil)
        #expect(refusal(quota, "2001:db8::ffff:2", nil) == "address 1")
        withExtendedLifetime(lease) {}
    }

    @Test func `is none without a limit`() {
        #expect(StreamQuota(perAddress: nil, perUser: nil) == nil)
    }

    @Test(arguments: [1, 2, 3]) func `never drifts, in whatever order streams come and go`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let quota = try #require(StreamQuota(perAddress: 3, perUser: 2))
        var open: [(address: String, user: String?, lease: StreamLease)] = []
        for _ in 0..<5000 {
            let address = "192.0.2.\(Int.random(in: 1...4, using: &random))"
            let user = Bool.random(using: &random) ? "user \(Int.random(in: 1...4, using: &random))" : nil
            if Int.random(in: 0..<10, using: &random) < 4, let index = open.indices.randomElement(using: &random) {
                open.swapAt(index, open.count - 1)
                open.removeLast()
                continue
            }
            let ofAddress = open.count { $0.address == address }
            let ofUser = open.count { user != nil && $0.user == user }
            do {
                open.append((address, user, try quota.lease(for: client(address), user: user)))
                #expect(ofAddress < 3 && ofUser < 2)
            } catch {
                #expect(ofAddress == 3 || ofUser == 2)
            }
        }
        open = []
        #expect(quota.claimantCount == 0)
    }

    @Test func `counts on all threads together`() async throws {
        let quota = try #require(StreamQuota(perAddress: 100, perUser: nil))
        let leases = await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<100).compactMap { _ in
                        try? quota.lease(for: ClientAddress(IPAddress("192.0.2.1")!), user: nil)
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(leases.count == 100)
        withExtendedLifetime(leases) {}
    }

    private func client(_ text: String) -> ClientAddress { ClientAddress(IPAddress(text)!) }

    private func refusal(_ quota: StreamQuota, _ address: String, _ user: String?) -> String? {
        do {
            _ = try quota.lease(for: client(address), user: user)
            return nil
        } catch {
            switch error {
            case .address(let most): return "address \(most)"
            case .user(let most): return "user \(most)"
            }
        }
    }
}
