import Proxies
import Testing

@testable import Fanfare
@testable import Network

@Suite struct ReachableAddressTests {
    @Test(
        arguments: [
            (["0.0.0.0:80"], ["192.0.2.1", "2001:db8::1"], "192.0.2.1"),
            (["[::]:80"], ["192.0.2.1", "2001:db8::1"], "2001:db8::1"),
            (["192.0.2.2:80"], ["192.0.2.1", "192.0.2.2"], "192.0.2.2"), (["127.0.0.1:80"], ["192.0.2.1"], nil),
            (["0.0.0.0:81"], ["192.0.2.1"], nil), (["0.0.0.0:80"], [], nil), ([], ["192.0.2.1"], nil),
            (["127.0.0.1:80", "0.0.0.0:80"], ["192.0.2.1"], "192.0.2.1"),
        ] as [([String], [String], String?)])
    func `an address of the machine is reachable where the server listens`(
        places: [String], machine: [String], wanted: String?
    ) throws {
        let places = try places.map { ListeningPlace(address: try SocketAddress($0), isSecure: false) }
        let machine = machine.compactMap { IPAddress($0) }
        let found = ReachableAddress.find(port: 80, isSecure: false, among: places, machine: machine)
        #expect(found?.description == wanted)
        #expect(ReachableAddress.find(port: 80, isSecure: true, among: places, machine: machine) == nil)
    }

    @Test func `the machine's own addresses are none of its loopback, IPv4 first`() {
        let addresses = MachineAddresses.all
        #expect(addresses.allSatisfy { !$0.isLoopback && !$0.isLinkLocal })
        #expect(addresses.map(\.isV4) == addresses.map(\.isV4).sorted { $0 && !$1 })
    }

    @Test(
        arguments: [
            (["172.17.0.1", "192.0.2.1"], "192.0.2.1", ["192.0.2.1", "172.17.0.1"]),
            (["172.17.0.1", "192.0.2.1"], "10.0.0.1", ["172.17.0.1", "192.0.2.1"]),
            (["172.17.0.1", "192.0.2.1"], nil, ["172.17.0.1", "192.0.2.1"]), ([], "192.0.2.1", []),
        ] as [([String], String?, [String])])
    func `the address by which the machine reaches others comes before those of its bridges`(
        list: [String], first: String?, wanted: [String]
    ) {
        let sorted = MachineAddresses.sorted(list.compactMap { IPAddress($0) }, first: first.flatMap { IPAddress($0) })
        #expect(sorted.map(\.description) == wanted)
    }

    @Test(
        arguments: [
            ("169.254.1.1", true), ("169.253.1.1", false), ("fe80::1", true), ("febf::1", true), ("fec0::1", false),
            ("10.0.0.1", false),
        ])
    func `an address that is good on one link only is known as such`(text: String, isLinkLocal: Bool) throws {
        #expect(try #require(IPAddress(text)).isLinkLocal == isLinkLocal)
    }
}
