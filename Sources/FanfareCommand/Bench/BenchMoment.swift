internal import Network

/// What the clocks of hub, client and machine show at one time. To be made on the loop's thread.
struct BenchMoment {
    let time: UInt64
    let client: UInt64
    let server: [Int: UInt64]?
    /// Only if the hub is on this machine.
    let machine: (busy: UInt64, all: UInt64)?

    init(of process: ServerProcess?) {
        time = Process.nanoseconds
        client = Process.threadProcessorNanoseconds
        server = process?.threadTimes
        machine = process == nil ? nil : ServerProcess.machineTicks
    }
}

extension BenchFigures {
    /// Notes what was used between two moments.
    mutating func note(from start: BenchMoment, to end: BenchMoment) {
        elapsed = max(1, end.time - start.time)
        let span = Double(elapsed)
        clientLoad = Double(end.client - start.client) / span
        if let before = start.server, let after = end.server {
            // A thread that is new began at zero; one that ended is not known any more.
            let times = after.map { thread, time in
                let earlier = before[thread] ?? 0
                return time > earlier ? time - earlier : 0
            }
            serverTime = times.reduce(0, +)
            serverLoad = Limit.ServerLoad(threads: times.map { Double($0) / span })
        }
        if let before = start.machine, let after = end.machine, after.all > before.all, after.busy >= before.busy {
            machineLoad = Double(after.busy - before.busy) / Double(after.all - before.all)
        }
    }
}
