import Testing

@testable import Admission

@Suite struct `Requests whose tokens wait to be verified` {
    private final class Connection {}

    @Test func `take turns by connection, in order within each`() {
        var admissions = Admissions()
        let connections = [Connection(), Connection(), Connection()]
        var order: [String] = []
        for (index, count) in [5, 1, 2].enumerated() {
            for number in 0..<count {
                let isTaken = admissions.add(
                    Admissions.Waiting(bytes: 1) { order.append("\(index).\(number)") },
                    of: ObjectIdentifier(connections[index]))
                #expect(isTaken)
            }
        }
        while let waiting = admissions.next() { waiting.admit() }
        #expect(order == ["0.0", "1.0", "2.0", "0.1", "2.1", "0.2", "0.3", "0.4"])
        #expect(admissions.isEmpty)
    }

    @Test func `are no more than so many, and hold no more than so much`() {
        var admissions = Admissions()
        let connection = ObjectIdentifier(self.connection)
        for _ in 0..<Admissions.most {
            let isTaken = admissions.add(Admissions.Waiting(bytes: 1) {}, of: connection)
            #expect(isTaken)
        }
        var isTaken = admissions.add(Admissions.Waiting(bytes: 1) {}, of: connection)
        #expect(!isTaken)
        while admissions.next() != nil {}
        isTaken = admissions.add(Admissions.Waiting(bytes: Admissions.mostBytes) {}, of: connection)
        #expect(isTaken)
        isTaken = admissions.add(Admissions.Waiting(bytes: 1) {}, of: connection)
        #expect(!isTaken)
    }

    private let connection = Connection()
}
