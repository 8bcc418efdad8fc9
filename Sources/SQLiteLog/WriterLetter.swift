import Hub

/// What the writer is asked to do.
enum WriterLetter: Sendable {
    /// Take events.
    case append(Append)
    /// Change an inbox.
    case inbox(InboxLetter)
    /// Let go of what is too old, in one short step; or try whether the disk takes anything again.
    case expire(Clock)
    /// Copy the last few pages from the side file into the file, after so many that are there.
    case copyRest(after: CInt)
    /// Say that all before is done.
    case barrier(@Sendable () -> Void)

    /// Events that came together.
    struct Append: Sendable {
        let publications: [Publication]
        let clock: Clock
        let completion: @Sendable ([PublishOutcome]) -> Void

        /// Tells that none was taken.
        func refuse(_ error: SQLiteLogError) {
            completion(Array(repeating: .refused(error.refusal), count: publications.count))
        }
    }
}
