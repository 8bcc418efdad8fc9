import Testing

@testable import FanfareCommand

@Suite struct `The pace of publishing` {
    private let millisecond: UInt64 = 1_000_000

    @Test func `is that of the publishers without a rate`() {
        var pace = PublishPace(messages: 2, rate: nil)
        pace.begin(at: 100)
        #expect(pace.next(at: 100, isPublisherFree: false) == nil)
        let first = pace.next(at: 150, isPublisherFree: true)
        #expect(first?.number == 0 && first?.clock == 150)
        let second = pace.next(at: 160, isPublisherFree: true)
        #expect(second?.number == 1 && second?.clock == 160)
        #expect(pace.next(at: 170, isPublisherFree: true) == nil)
        #expect(pace.nextDue == nil && pace.reached == nil)
    }

    @Test func `is the rate where there is one`() {
        var pace = PublishPace(messages: 3, rate: 100)
        pace.begin(at: 0)
        #expect(pace.next(at: 0, isPublisherFree: true)?.number == 0)
        #expect(pace.next(at: 10 * millisecond - 1, isPublisherFree: true) == nil)
        #expect(pace.nextDue == 10)
        let late = pace.next(at: 11 * millisecond, isPublisherFree: true)
        // The wait was this program's own, and is no latency of the hub.
        #expect(late?.clock == 11 * millisecond)
        #expect(pace.next(at: 20 * millisecond, isPublisherFree: true) != nil)
        #expect(pace.nextDue == nil && pace.reached == 1)
    }

    @Test func `counts from when a message was due, if no publisher was free then`() {
        var pace = PublishPace(messages: 4, rate: 100)
        pace.begin(at: 0)
        #expect(pace.next(at: 0, isPublisherFree: true) != nil)
        #expect(pace.next(at: 10 * millisecond, isPublisherFree: false) == nil)
        #expect(pace.nextDue == nil)
        #expect(pace.next(at: 25 * millisecond, isPublisherFree: true)?.clock == 10 * millisecond)
        #expect(pace.next(at: 25 * millisecond, isPublisherFree: true)?.clock == 20 * millisecond)
        #expect(pace.next(at: 25 * millisecond, isPublisherFree: true) == nil)
        #expect(pace.next(at: 60 * millisecond, isPublisherFree: true)?.clock == 60 * millisecond)
        #expect(pace.reached == 0.5)
    }
}
