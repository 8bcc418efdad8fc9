import Testing

@testable import Workers

@Suite struct `A backlog` {
    @Test func `works on eight at a time, in the order in which they came`() {
        var backlog = Backlog()
        var begun: [Int] = []
        for number in 0..<5000 {
            backlog.add {
                begun.append(number)
                return true
            }
        }
        #expect(begun == Array(0..<8))
        while begun.count < 5000 {
            let count = begun.count
            backlog.finishedOne()
            #expect(begun.count == count + 1)
        }
        #expect(begun == Array(0..<5000))
    }

    @Test func `passes over what has nothing to wait for`() {
        var backlog = Backlog()
        var begun: [Int] = []
        for number in 0..<100 {
            backlog.add {
                begun.append(number)
                // Of those that waited only the last has.
                return number < 8 || number == 99
            }
        }
        backlog.finishedOne()
        #expect(begun == Array(0..<100))
    }
}
