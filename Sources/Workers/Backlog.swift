// Owns the order in which answers are worked on that take more than a moment. Only so many are at a time: a round of the
// loop must stay short for all others, however many ask at once.

/// Answers that wait for their turn, of one worker. It belongs to its loop's thread.
struct Backlog {
    /// Begins to work. Tells whether there is anything to wait for; if not, it is done.
    typealias Work = () -> Bool

    private var waiting: [Work] = []
    /// How many of `waiting` were begun.
    private var begun = 0
    private var running = 0

    /// So many are worked on at a time.
    private static var most: Int { 8 }

    /// Begins with it, now or when it is its turn.
    mutating func add(_ work: @escaping Work) {
        if running < Self.most {
            if work() { running += 1 }
        } else {
            waiting.append(work)
        }
    }

    /// One that was begun is done: another one's turn.
    mutating func finishedOne() {
        running -= 1
        while running < Self.most, begun < waiting.count {
            let work = waiting[begun]
            begun += 1
            if work() { running += 1 }
        }
        if begun == waiting.count {
            waiting = []
            begun = 0
        } else if begun >= 1024, begun * 2 >= waiting.count {
            waiting.removeFirst(begun)
            begun = 0
        }
    }
}
