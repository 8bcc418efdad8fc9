import Testing

@testable import Network

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct ArrivalTests {
    enum Fate: CaseIterable { case forgotten, sentTooLate, sentToOneThatEnds }

    @Test(arguments: Fate.allCases)
    func `a connection that no table takes is closed, and counts no more`(fate: Fate) throws {
        var ends: [Int32] = [-1, -1]
        #if os(Linux)
            try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        #else
            try #require(socketpair(AF_UNIX, SOCK_STREAM, 0, &ends) == 0)
        #endif
        let loop = try EventLoop()
        let balance = LoadBalance([loop])
        let counter = ConnectionCounter(most: 10)
        func end() {
            loop.stop()
            loop.run {}
        }
        if fate == .sentTooLate { end() }
        do {
            let arrival = Arrival(ends[0], givenTo: 0, balance: balance, counter: counter)
            #expect(counter.value == 1)
            #expect(balance.load(of: 0) == 1)
            if fate != .forgotten { balance.send(arrival) }
        }
        if fate == .sentToOneThatEnds { end() }
        #expect(counter.value == 0)
        #expect(balance.load(of: 0) == 0)
        var byte: UInt8 = 0
        // The end of the other side, and not that there is nothing yet.
        #expect(recv(ends[1], &byte, 1, Int32(MSG_DONTWAIT)) == 0)
        close(ends[1])
    }

    @Test func `a connection goes to another worker only if that takes connections in`() throws {
        let loops = [try EventLoop(), try EventLoop()]
        let balance = LoadBalance(loops)
        for _ in 0..<5 { #expect(balance.place(givenTo: 1) == 1) }
        #expect(balance.load(of: 1) == 5)
    }
}
