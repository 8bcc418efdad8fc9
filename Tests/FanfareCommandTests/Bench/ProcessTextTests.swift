import Testing

@testable import FanfareCommand

#if os(Linux)
    import Glibc
#endif

@Suite struct `What Linux tells of a process` {
    private static let sockets = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 81723 1 0000000000000000 100 0 0 10 0
           1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
           2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 81999 1 0000000000000000 20 4 30 10 -1
           3: 0100007F:1F90
        """

    @Test func `names the sockets that listen`() {
        #expect(
            ProcessText.listeners(Self.sockets) == [
                .init(address: [127, 0, 0, 1], port: 8080, inode: 81723),
                .init(address: [0, 0, 0, 0], port: 22, inode: 4711),
            ])
    }

    @Test func `names those of IPv6`() {
        let text = """
              sl  local_address                         remote_address                        st
               0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 5 1 0000000000000000 100 0 0 10 0
            """
        let loopback = [UInt8](repeating: 0, count: 15) + [1]
        #expect(ProcessText.listeners(text) == [.init(address: loopback, port: 8080, inode: 5)])
    }

    @Test(
        arguments: [
            ([127, 0, 0, 1], [127, 0, 0, 1], true, true), ([0, 0, 0, 0], [127, 0, 0, 1], true, true),
            ([0, 0, 0, 0], [192, 0, 2, 1], false, false), ([192, 0, 2, 1], [192, 0, 2, 1], false, true),
            ([127, 0, 0, 2], [127, 0, 0, 1], true, false),
            ([0, 0, 0, 0], [UInt8](repeating: 0, count: 15) + [1], true, false),
            ([UInt8](repeating: 0, count: 16), [127, 0, 0, 1], true, true),
        ] as [(listener: [UInt8], target: [UInt8], isLoopback: Bool, takes: Bool)])
    func `tells who takes in what is sent to an address`(
        listener: [UInt8], target: [UInt8], isLoopback: Bool, takes: Bool
    ) {
        let listener = ProcessText.Listener(address: listener, port: 1, inode: 1)
        #expect(listener.takes(target, isLoopback: isLoopback) == takes)
    }

    @Test func `names the socket behind a descriptor`() {
        #expect(ProcessText.socketInode("socket:[81723]") == 81723)
        for link in ["pipe:[81723]", "socket:[]", "socket:[-1]", "/dev/null", "socket:[99999999999999999999]", ""] {
            #expect(ProcessText.socketInode(link) == nil)
        }
    }

    @Test func `gives its processor time, whatever its name`() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 250 17 0 0 20 0 3 0 100 200 300"
        #expect(ProcessText.statTicks("4711 (fanfare) \(rest)") == 267)
        #expect(ProcessText.statTicks("4711 (a) R (b c) \(rest)\n") == 267)
        #expect(ProcessText.schedulerNanoseconds("123456789 42 7\n") == 123_456_789)
        for text in ["", "4711", "4711 (x) S 1 2", "4711 (x) S 1 2 3 4 5 6 7 8 9 10 a b"] {
            #expect(ProcessText.statTicks(text) == nil)
        }
        #expect(ProcessText.schedulerNanoseconds("") == nil)
    }

    @Test func `gives its memory`() {
        let text = """
            00400000-7ffd [rollup]
            Rss:               11000 kB
            Pss:                9876 kB
            Pss_Dirty:          1000 kB
            """
        #expect(ProcessText.proportionalSetSize(text) == 9876 * 1024)
        #expect(ProcessText.proportionalSetSize("") == nil)
        #expect(ProcessText.proportionalSetSize("Pss: many kB") == nil)
        #expect(ProcessText.proportionalSetSize("Pss: 9223372036854775807 kB") == nil)
    }

    @Test func `gives the machine's ticks`() throws {
        let ticks = try #require(ProcessText.machineTicks("cpu  10 1 5 100 20 2 3 4 0 0\ncpu0 1 1 1 1\n"))
        #expect(ticks.busy == 25 && ticks.all == 145)
        #expect(ProcessText.machineTicks("") == nil)
        #expect(ProcessText.machineTicks("intr 1 2 3 4 5") == nil)
    }

    #if os(Linux)
        @Test func `is there for this very process`() throws {
            let process = ServerProcess(pid: Int(getpid()))
            #expect(try #require(process.memory) > 0)
            #expect(try #require(process.threadTimes).count >= 1)
            #expect(ServerProcess.machineTicks != nil)
        }
    #endif
}
