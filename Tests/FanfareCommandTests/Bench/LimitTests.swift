import Testing

@testable import FanfareCommand

@Suite struct `What limits a run` {
    private static let table: [(rate: Double?, threads: [Double]?, client: Double, machine: Double?, limit: Limit)] = [
        (nil, [0.97], 0.4, nil, .server),
        (nil, [0.97, 0.93], 0.4, nil, .server),
        // Threads that hardly do anything are not asked for their share.
        (nil, [0.95, 0.05, 0.01], 0.4, nil, .server),
        // Streams stay where they are: a thread that is full is not helped by one that is not.
        (nil, [0.97, 0.6], 0.4, nil, .server),
        (nil, [0.85, 0.6], 0.4, nil, .waiting),
        (nil, [0.3, 0.3, 0.3, 0.3], 0.4, nil, .waiting),
        (nil, [0.95], 0.95, 1, .server),
        (nil, [0.6], 0.95, nil, .client),
        (nil, nil, 0.95, nil, .client),
        (nil, [0.6], 0.89, 0.97, .machine),
        (nil, [0.6], 0.5, 0.7, .waiting),
        // Of a hub that is not seen nothing is claimed.
        (nil, nil, 0.2, nil, .elsewhere),
        (0.7, nil, 0.2, nil, .elsewhere),
        (1, [0.97], 0.99, 1, .rate),
        (0.96, [0.1], 0.1, nil, .rate),
        // A rate that was not reached limited nothing.
        (0.7, [0.97], 0.1, nil, .server),
        (0.7, [0.1], 0.1, nil, .waiting),
    ]

    @Test(arguments: table.indices)
    func `follows from how busy each was`(row: Int) {
        let (rate, threads, client, machine, limit) = Self.table[row]
        #expect(
            Limit(rate: rate, server: threads.map(Limit.ServerLoad.init(threads:)), client: client, machine: machine)
                == limit)
    }

    @Test func `counts the threads that are busy`() {
        let load = Limit.ServerLoad(threads: [0.9, 0.7, 0.1])
        #expect(load.busyThreads == 2 && load.share == 0.8 && load.busiest == 0.9)
        #expect(Limit.ServerLoad(threads: [0.25, 0.25]) == .init(threads: [0.5 - 0.25, 0.25]))
        #expect(Limit.ServerLoad(threads: [0.25, 0.25]).share == 0.5)
        #expect(Limit.ServerLoad(threads: []) == Limit.ServerLoad(threads: [0]))
    }
}
