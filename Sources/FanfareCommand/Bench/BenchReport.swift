internal import JSONText

/// The figures of a run, for people and for programs.
struct BenchReport: Sendable {
    let plan: BenchPlan
    let figures: BenchFigures

    private static var percentiles: [(name: String, part: Double)] { [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] }

    /// Aligned lines with units.
    var text: String {
        var rows: [(String, String)] = [
            ("hub", plan.target.url.text + (plan.server.map { ", process \($0.pid)" } ?? "")),
            (
                "streams",
                "\(Figure.count(figures.opened)) opened in \(Figure.time(figures.opening)), on \(topics)\(sharing)"
            ),
            (
                "published",
                "\(Figure.count(figures.published)) of \(Figure.count(plan.options.size)) bytes, \(publishers)"
            ),
            ("acknowledged", Figure.count(figures.acknowledged)),
            ("delivered", "\(Figure.count(figures.received)) of \(Figure.count(figures.expected)), \(faults)"),
            ("elapsed", Figure.time(figures.elapsed)),
            ("throughput", "\(Figure.count(Int(figures.deliveriesPerSecond.rounded()))) deliveries/s"),
            ("latency", latency),
        ]
        if let time = figures.serverTimePerDelivery {
            rows.append(("server processor", "\(Figure.decimal(time)) µs per delivery"))
        }
        if let memory = figures.memoryPerStream {
            let text = memory > 0 ? "\(Figure.size(memory)) per stream" : "no more than earlier streams had left"
            rows.append(("server memory", text))
        }
        if figures.serverTime == nil { rows.append(("server", noProcess)) }
        rows.append(("limited by", limit))
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, value in
            name + String(repeating: " ", count: width - name.count + 2) + value + "\n"
        }.joined()
    }

    private var topics: String { Self.plural(plan.options.topics, "topic") }

    private var sharing: String {
        plan.options.http2 ? ", over \(Self.plural(plan.connections, "connection")) of HTTP/2" : ""
    }

    private var publishers: String {
        let rate = plan.options.rate.map { " at \(Figure.count($0))/s" } ?? ""
        return "by \(Self.plural(plan.options.publishers, "publisher"))\(rate)"
    }

    private var faults: String {
        "\(Figure.count(figures.lost)) lost, \(Figure.count(figures.repeated)) repeated"
    }

    private var latency: String {
        let parts = Self.percentiles.map { "\($0.name) \(Figure.time(figures.latencies.percentile($0.part)))" }
        return (parts + ["max \(Figure.time(figures.latencies.maximum))"]).joined(separator: "  ")
    }

    private var noProcess: String {
        plan.server == nil
            ? "its process was not found on this machine, so no figures of its own; name it with --pid (Linux)"
            : "the figures of process \(plan.server?.pid ?? 0) cannot be read; is it alive, and this user's?"
    }

    private var limit: String {
        let reason =
            switch figures.limit {
            case .rate: "the rate asked for"
            case .server: "the server"
            case .client: "this client: the server can do more than is shown here"
            case .machine: "the processors of this machine, which all were busy"
            case .waiting: "neither server nor client: the network, or waiting for answers"
            case .elsewhere: "the server or the network; this client was not busy, and the server's load is not known"
            }
        var loads: [String] = []
        if let load = figures.serverLoad {
            let threads = load.busyThreads > 1 ? " on each of \(load.busyThreads) threads" : ""
            let busiest = load.busyThreads > 1 ? ", \(Figure.percent(load.busiest)) on the busiest" : ""
            loads.append("server \(Figure.percent(load.share))\(threads)\(busiest)")
        }
        loads.append("client \(Figure.percent(figures.clientLoad))")
        if let load = figures.machineLoad { loads.append("machine \(Figure.percent(load))") }
        return "\(reason) (\(loads.joined(separator: ", ")))"
    }

    private static func plural(_ count: Int, _ noun: String) -> String {
        "\(Figure.count(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    /// The same figures as one JSON object; what is not known is null.
    var json: String {
        var json = JSONWriter()
        json.beginObject()
        json.member("url", plan.target.url.text)
        json.member("pid", plan.server?.pid)
        let counts = [
            ("streams", figures.opened), ("connections", plan.connections), ("topics", plan.options.topics),
            ("publishers", plan.options.publishers),
            ("size_bytes", plan.options.size), ("published", figures.published),
            ("acknowledged", figures.acknowledged), ("expected", figures.expected), ("received", figures.received),
            ("lost", figures.lost), ("repeated", figures.repeated), ("misplaced", figures.misplaced),
            ("ended_streams", figures.ended),
        ]
        for (name, value) in counts { json.member(name, value) }
        json.member("http2", plan.options.http2)
        json.key("rate_per_s")
        if let rate = plan.options.rate { json.int(rate) } else { json.null() }
        let latencies = figures.latencies
        let values: [(String, Double?)] = [
            ("connect_s", Double(figures.opening) / 1e9), ("elapsed_s", Double(figures.elapsed) / 1e9),
            ("deliveries_per_s", figures.deliveriesPerSecond),
            ("latency_p50_us", Double(latencies.percentile(0.5)) / 1e3),
            ("latency_p99_us", Double(latencies.percentile(0.99)) / 1e3),
            ("latency_p99_9_us", Double(latencies.percentile(0.999)) / 1e3),
            ("latency_max_us", Double(latencies.maximum) / 1e3),
            ("server_us_per_delivery", figures.serverTimePerDelivery),
            ("server_bytes_per_stream", figures.memoryPerStream), ("server_load", figures.serverLoad?.share),
            ("client_load", figures.clientLoad), ("machine_load", figures.machineLoad),
        ]
        for (name, value) in values {
            json.key(name)
            if let value { json.double((value * 1000).rounded() / 1000) } else { json.null() }
        }
        json.key("server_busy_threads")
        if let load = figures.serverLoad { json.int(load.busyThreads) } else { json.null() }
        json.member("limited_by", figures.limit.rawValue)
        json.endObject()
        return json.finishText() + "\n"
    }
}
