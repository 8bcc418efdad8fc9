/// What a run measured. Times are in nanoseconds, sizes in bytes, loads parts of the elapsed time.
struct BenchFigures: Sendable {
    /// From the first connection to the last stream that is open.
    var opening: UInt64 = 0
    var opened = 0
    var published = 0
    var acknowledged = 0
    var expected = 0
    var received = 0
    var lost = 0
    var repeated = 0
    var misplaced = 0
    /// Streams that ended before all was delivered.
    var ended = 0
    /// From the first request to publish to the last delivery or acknowledgement.
    var elapsed: UInt64 = 0
    var latencies = LatencyHistogram()
    /// Processor time of the hub's process.
    var serverTime: UInt64?
    var serverLoad: Limit.ServerLoad?
    var clientLoad = 0.0
    /// Of all processors of this machine.
    var machineLoad: Double?
    /// Which part of the rate asked for was reached.
    var rate: Double?
    /// By how much the hub's memory grew while the streams were opened.
    var serverMemory: Int?

    var deliveriesPerSecond: Double { elapsed > 0 ? Double(received) * 1e9 / Double(elapsed) : 0 }

    /// Microseconds of the hub's processor time.
    var serverTimePerDelivery: Double? {
        guard let serverTime, received > 0 else { return nil }
        return Double(serverTime) / 1000 / Double(received)
    }

    /// Bytes of the hub's memory.
    var memoryPerStream: Double? {
        guard let serverMemory, opened > 0 else { return nil }
        return Double(serverMemory) / Double(opened)
    }

    var limit: Limit { Limit(rate: rate, server: serverLoad, client: clientLoad, machine: machineLoad) }

    /// What went wrong, on one line; nil if every event came to every stream of its topic, once and in order.
    var fault: String? {
        var faults: [String] = []
        if lost > 0 { faults.append("\(lost) of \(expected) deliveries were lost") }
        if repeated > 0 { faults.append("\(repeated) deliveries were repeated or out of order") }
        if misplaced > 0 { faults.append("\(misplaced) deliveries were of another topic than the stream's") }
        if ended > 0 { faults.append("\(ended) streams ended early") }
        return faults.isEmpty ? nil : faults.joined(separator: "; ")
    }
}
