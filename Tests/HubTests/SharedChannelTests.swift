import EventStream
import HubSamples
import Testing

@testable import Hub

@Suite struct SharedChannelTests {
    private func access(_ patterns: String..., anonymous: Bool = false) -> ReadAccess {
        ReadAccess(patterns: patterns.map(pattern), isPublicReadable: anonymous, isAdmin: false)
    }

    private func channels(_ bench: BoardBench) -> Int { bench.board.channelOf.count }

    @Test func `streams of different rights share a channel if they get the same`() throws {
        let bench = BoardBench()
        _ = try bench.open("a", access: access("a"))
        _ = try bench.open("a", access: access("*", "b"))
        _ = try bench.open("a")
        _ = try bench.open("a", access: access("a", anonymous: true))
        #expect(channels(bench) == 1)
        _ = try bench.open("a", access: access(anonymous: true))
        #expect(channels(bench) == 2)
        // It never ends: more than this topic is wanted.
        _ = try bench.open("*", access: access("a"))
        #expect(channels(bench) == 3)
    }

    @Test func `envelopes are shared where the rights are, and their bytes where the topics are`() throws {
        let bench = BoardBench()
        let rights = [access("a"), access("a", "a"), access("*"), access("a", "b"), .everything, access("**")]
        let sinks = try rights.map { try bench.open("a", presentation: .envelope, access: $0).sink }
        #expect(channels(bench) == 4)
        bench.rest()
        try bench.publish("a")
        bench.log.append([Publication([draft("b", "a", "c/d")])], at: bench.clock) { _ in }
        bench.ingest()
        #expect(bench.board.presented.count == 3)
        bench.rest()
        let shown = [#"["a"]"#, #"["a"]"#, #"["b","a"]"#, #"["b","a"]"#, #"["b","a","c/d"]"#, #"["b","a","c/d"]"#]
        for (sink, topics) in zip(sinks, shown) {
            let data = try bench.read(sink).blocks.compactMap(\.event?.data)
            #expect(data[0].contains(#""topics":["a"],"#))
            #expect(data[1].contains(#""topics":\#(topics),"#))
        }
    }

    @Test func `an event that may not be read by one of its topics comes by another`() throws {
        let bench = BoardBench()
        let sink = try bench.open("a", "b", access: access("b", anonymous: true)).sink
        bench.rest()
        for topics in [["a"], ["a", "b"], ["b", "a"], ["c", "b"], ["a", "c"]] {
            bench.log.append(
                [Publication([try Draft(topics: topics.map(topic), data: "x", isPrivate: true)])], at: bench.clock
            ) { _ in }
        }
        try bench.publish("a")
        bench.rest()
        #expect(try bench.read(sink).blocks.map(\.id) == ["e1-0", "e1-2", "e1-3", "e1-4", "e1-6"])
    }

    @Test func `a topic that may not be read has no end for a stream`() throws {
        let bench = BoardBench()
        let (_, both) = try bench.open("a", "b", access: access("a"))
        let (_, one) = try bench.open("a", access: access("a"))
        bench.rest()
        try bench.publish("a", isEnd: true)
        bench.rest()
        #expect(bench.output[one].finishes == 1 && bench.output[both].finishes == 0)
        try bench.publish("b", isEnd: true)
        bench.rest()
        #expect(bench.output[both].finishes == 0)
        #expect(try bench.read(both).blocks.map(\.id) == ["e1-0", "e1-1"])
    }

    @Test func `who may read only what is public hears that a topic ends, but not its last words`() throws {
        let bench = BoardBench()
        let (_, sink) = try bench.open("a", access: access(anonymous: true))
        bench.rest()
        try bench.publish("a", data: "bye", isEnd: true, isPrivate: true)
        bench.rest()
        let read = try bench.read(sink)
        #expect(read.blocks.compactMap(\.event).isEmpty)
        #expect(read.blocks.last?.comments == ["the topics have ended"] && bench.output[sink].finishes == 1)
    }

    @Test func `an inbox whose topics are too many for the rights of its reader ends its streams`() throws {
        let bench = BoardBench()
        let user = try InboxUser("u")
        let rights = ReadAccess(
            patterns: (0..<33).map { pattern("*/\($0)/**") } + user.ownPatterns, isPublicReadable: false, isAdmin: false
        )
        let sinks = try [rights, .everything].map { access in
            let sink = Sink(1000 + bench.output.sockets.count)
            bench.output[sink].moved = bench.now
            _ = bench.board.open(
                try Subscription(InboxRecord(user).topics, access: access, framing: .plain), from: .now, user: "u",
                sink: sink, head: [], at: bench.clock)
            return sink
        }
        bench.rest()
        bench.log.change(InboxChange(user, .add((0..<33).map { pattern("\($0)/*/**") }))) { #expect($0 == nil) }
        bench.ingest()
        try bench.publish("1/1/1")
        bench.rest()
        #expect(bench.output[sinks[0]].finishes == 1)
        #expect(try bench.read(sinks[0]).blocks.last?.comments == ["disconnected"])
        #expect(try bench.read(sinks[1]).blocks.map(\.id) == ["e1-0", "e1-1"])
    }
}
