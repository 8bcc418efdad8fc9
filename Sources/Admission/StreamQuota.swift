// Owns the count of streams of each client and user. A place must be given back exactly once, whatever becomes of its
// stream: so it is an object, and its end gives it back.

package import Answers
import HTTPMessage
package import Proxies
import Synchronization

/// So many streams for each address and each user, on all workers together: `--max-streams-per-address` and
/// `--max-streams-per-user`.
package final class StreamQuota: Sendable {
    private let perAddress: Int?
    private let perUser: Int?
    private let counts = Mutex<[Claimant: Int]>([:])

    /// Which of the limits is reached.
    package enum Excess: Error {
        case address(most: Int)
        case user(most: Int)
    }

    /// Nil if there is no limit.
    package init?(perAddress: Int?, perUser: Int?) {
        if perAddress == nil && perUser == nil { return nil }
        self.perAddress = perAddress
        self.perUser = perUser
    }

    /// How many streams of a client are open.
    func count(of claimant: Claimant) -> Int { counts.withLock { $0[claimant] ?? 0 } }

    /// How many addresses and users have streams.
    var claimantCount: Int { counts.withLock { $0.count } }

    /// A place for one more stream, which is taken until the lease goes.
    ///
    /// - Throws: which limit is reached; then no place is taken.
    package func lease(for client: ClientAddress?, user: String?) throws(Excess) -> StreamLease {
        var claims: [(claimant: Claimant, most: Int, excess: Excess)] = []
        if let perAddress { claims.append((Claimant(client), perAddress, .address(most: perAddress))) }
        if let perUser, let user { claims.append((.user(named: user), perUser, .user(most: perUser))) }
        let excess: Excess? = counts.withLock { counts in
            for claim in claims where counts[claim.claimant, default: 0] >= claim.most { return claim.excess }
            for claim in claims { counts[claim.claimant, default: 0] += 1 }
            return nil
        }
        if let excess { throw excess }
        return StreamLease(claims.map(\.claimant), of: self)
    }

    fileprivate func giveBack(_ claimants: [Claimant]) {
        counts.withLock { counts in
            for claimant in claimants {
                guard let count = counts[claimant] else { continue }
                counts[claimant] = count > 1 ? count - 1 : nil
            }
        }
    }
}

/// A place that a stream has, for as long as somebody holds this.
package final class StreamLease: Sendable {
    private let claimants: [Claimant]
    private let quota: StreamQuota

    fileprivate init(_ claimants: [Claimant], of quota: StreamQuota) {
        self.claimants = claimants
        self.quota = quota
    }

    deinit { quota.giveBack(claimants) }
}

extension Problem {
    /// A client has as many streams as it may.
    package init(_ excess: StreamQuota.Excess) {
        switch excess {
        case .address(let most):
            self.init(
                .tooManyRequests, "streams-per-address",
                "no more streams than \(most) may be open for one address (--max-streams-per-address): close one, or let one stream have several topics"
            )
        case .user(let most):
            self.init(
                .tooManyRequests, "streams-per-user",
                "no more streams than \(most) may be open for one user (--max-streams-per-user): close one, or let one stream have several topics"
            )
        }
    }
}
