// Owns the form of the file, and the steps from older forms to the present one. A step, once out, must never change.

/// The form of the file, as SQLite's `application_id` and `user_version` tell it.
struct Schema: Sendable {
    /// What marks the file as a log of this hub's: "FanF".
    static let applicationID: Int = 0x4661_6E46

    /// What makes the next version of the one before; the first makes version 1 of nothing.
    var steps: [String]

    /// The newest version that is known.
    var version: Int { steps.count }

    /// The present form.
    static let present = Schema(steps: [
        """
        -- An event each. Topics are parted by line feeds. `arrival` and `latest` are times in milliseconds, the one on a
        -- clock that never steps back, the other the latest of all `time`s so far. `total` is what all events up to this
        -- one take, in bytes. What is long comes last, so that the rest is read without it.
        CREATE TABLE events (
            position INTEGER PRIMARY KEY, time INTEGER NOT NULL, arrival INTEGER NOT NULL, latest INTEGER NOT NULL,
            total INTEGER NOT NULL, topics TEXT NOT NULL, id TEXT, type TEXT, retry INTEGER, publisher TEXT,
            data TEXT NOT NULL);
        -- Where the events are whose publishers gave them ids.
        CREATE TABLE ids (id TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
        -- Where each topic's events are: so many positions from `first` to `last`, each as its distance from the one
        -- before.
        CREATE TABLE runs (
            topic TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL, positions BLOB,
            PRIMARY KEY (topic, first)) WITHOUT ROWID;
        -- The starts of a hub: the name with which its ids begin, its first position, and how the clocks stood.
        CREATE TABLE epochs (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, first INTEGER NOT NULL, time INTEGER NOT NULL,
            now INTEGER NOT NULL, arrival INTEGER NOT NULL, boot TEXT);
        -- `last` is the last position if there are no events; events up to `indexed` are in `runs`.
        CREATE TABLE hub (number INTEGER PRIMARY KEY CHECK (number = 1), last INTEGER NOT NULL, indexed INTEGER NOT NULL);
        INSERT INTO hub VALUES (1, 0, 0);
        """,
        """
        -- 1 if its topics end with the event, 2 if they do and it was given no data.
        ALTER TABLE events ADD COLUMN ends INTEGER;
        -- The topics that have ended, and the positions of their last events.
        CREATE TABLE ends (topic TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
        -- The keys of publications, whose events are from `first` to `position`; the ids that were answered, parted by line
        -- feeds; and what the key takes, which is part of the `total` of the event at `first`.
        CREATE TABLE keys (
            scope TEXT NOT NULL, key TEXT NOT NULL, first INTEGER NOT NULL, position INTEGER NOT NULL,
            size INTEGER NOT NULL, ids TEXT NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID;
        CREATE INDEX keys_by_position ON keys (position, first, size);
        """,
        """
        -- What users have read, for those who have said so, or added patterns. All up to `mark` is read, and the topics
        -- were changed `revision` times. `lost` has a line for each topic `users/U…` of which unread events are gone: the
        -- last position and the topic, or the position alone for several.
        CREATE TABLE inboxes (
            user TEXT PRIMARY KEY, revision INTEGER NOT NULL, mark INTEGER NOT NULL, lost TEXT NOT NULL) WITHOUT ROWID;
        -- Up to where single topics are read, if further than everything. Marks before the first event are dropped.
        CREATE TABLE inbox_marks (
            user TEXT NOT NULL, topic TEXT NOT NULL, mark INTEGER NOT NULL, PRIMARY KEY (user, topic)) WITHOUT ROWID;
        CREATE INDEX inbox_marks_by_mark ON inbox_marks (mark);
        -- The patterns that users have added, in the order of `number`: with the last position at that time, and up to
        -- where the topic is read if the pattern is a topic's name.
        CREATE TABLE inbox_patterns (
            user TEXT NOT NULL, pattern TEXT NOT NULL, number INTEGER NOT NULL, start INTEGER NOT NULL,
            mark INTEGER NOT NULL, PRIMARY KEY (user, pattern)) WITHOUT ROWID;
        -- The same patterns, each once: how many users have it, and the last position that retention let go of on a topic
        -- that it matches.
        CREATE TABLE added_patterns (
            pattern TEXT PRIMARY KEY, users INTEGER NOT NULL, lost INTEGER NOT NULL) WITHOUT ROWID;
        """,
        """
        -- 1 if the event is private, else nothing: both take no room after the data, and so are read without it.
        ALTER TABLE events ADD COLUMN private INTEGER;
        """,
    ])

    /// Takes the file to the newest version.
    func migrate(_ connection: Connection, from version: Int) throws(SQLiteLogError) {
        for next in version..<self.version {
            try connection.inTransaction { () throws(SQLiteLogError) in
                try connection.run(steps[next])
                try connection.run("PRAGMA application_id = \(Self.applicationID); PRAGMA user_version = \(next + 1)")
            }
        }
    }
}
