// Owns the copying from SQLite's side file into the file. Must never make the writer wait.

import CSQLite
import Synchronization

/// What the copier is asked to do.
enum CopierLetter: Sendable {
    /// Copy what is committed.
    case copy
    /// Say that all before is done.
    case barrier(@Sendable () -> Void)
}

/// A thread of its own for checkpoints, which take long.
final class Copier: @unchecked Sendable {
    // SAFETY: used on its thread only, once that runs.
    private let connection: Connection
    private let shared: Shared
    private let writer: Mailbox<WriterLetter>

    init(_ connection: Connection, _ shared: Shared, writer: Mailbox<WriterLetter>) throws(SQLiteLogError) {
        self.connection = connection
        self.shared = shared
        self.writer = writer
        // A connection that has never read anything does not know of the side file, and copies nothing.
        try connection.run(
            "PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1; SELECT last FROM hub")
    }

    /// Copies whenever it is asked to, until there is no one to ask.
    func run(_ mailbox: Mailbox<CopierLetter>) {
        while let letters = mailbox.take() {
            for letter in letters {
                switch letter {
                case .copy: copy()
                case .barrier(let body): body()
                }
            }
        }
    }

    private func copy() {
        // Where it fails nothing is lost: it is all in the side file, and the writer asks again.
        guard let copied = shared.copying.withLock({ _ in try? connection.checkpoint() }) else { return }
        // What came meanwhile only the writer can copy to the end, and only from there the side file begins anew.
        writer.put(.copyRest(after: copied))
    }
}
