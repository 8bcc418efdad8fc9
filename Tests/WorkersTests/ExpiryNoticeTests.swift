import Settings
import Testing

@testable import Workers

@Suite struct `A certificate that ends` {
    private let day = 86_400

    @Test func `is told of fourteen days before, each day, and as an error once it has ended`() {
        var notice = ExpiryNotice()
        let until = 1_800_000_000
        var told: [(day: Int, level: Logger.Level)] = []
        // Somebody looks four times a day.
        for quarter in -80..<8 {
            let time = until + quarter * day / 4
            if let level = notice.level(of: "a", until: until, at: time) { told.append((quarter, level)) }
        }
        #expect(told.map(\.day) == Array(stride(from: -55, to: 0, by: 4)) + [0, 4])
        #expect(told.map(\.level) == Array(repeating: .warning, count: 14) + [.error, .error])
    }

    @Test func `is told of apart from others, and anew when the clock goes back`() {
        var notice = ExpiryNotice()
        let now = 1_800_000_000
        #expect(notice.level(of: "a", until: now + day, at: now) == .warning)
        #expect(notice.level(of: "b", until: now + 2 * day, at: now) == .warning)
        #expect(notice.level(of: "a", until: now + day, at: now + 1) == nil)
        #expect(notice.level(of: "a", until: now + day, at: now - 1) == .warning)
    }
}
