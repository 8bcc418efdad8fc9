/// All that a run needs to know before it begins.
struct BenchPlan: Sendable {
    let options: BenchOptions
    let target: BenchTarget
    /// The hub's process; nil if its figures cannot be had.
    let server: ServerProcess?

    init(_ options: BenchOptions) throws(CommandError) {
        try options.validate()
        self.options = options
        target = try BenchTarget(options.url, trusting: options.trust)
        server = options.pid.map(ServerProcess.init(pid:)) ?? ServerProcess.listening(at: target.address)
    }

    /// Which connection carries a stream, and how many carry all.
    func connection(ofStream number: Int) -> Int { number / (options.http2 ? options.streamsPerConnection : 1) }
    var connections: Int { connection(ofStream: options.streams - 1) + 1 }

    /// The topic of a stream or of a message, which take turns.
    func topic(of number: Int) -> Int { number % options.topics }

    /// How many events come to each stream of a topic.
    func messages(ofTopic topic: Int) -> Int {
        options.messages / options.topics + (topic < options.messages % options.topics ? 1 : 0)
    }

    /// How many deliveries there are if nothing is lost.
    var expected: Int {
        let (each, more) = options.streams.quotientAndRemainder(dividingBy: options.topics)
        // The first topics have a stream more than the others, and those up to another number have a message more.
        return (0..<min(options.topics, options.streams)).reduce(0) { sum, topic in
            sum + (each + (topic < more ? 1 : 0)) * messages(ofTopic: topic)
        }
    }
}
