// Owns the list of the systems. The gallery must never use more than the library's public API: it shows what that can
// do.

public import Fanfare

/// Small systems that are built on Fanfare, to try and to read: one to four files each.
public enum Gallery {
    /// What a program may set.
    public struct Settings: Sendable {
        /// How long pictures that came from a phone are kept, from the first use of their identifier.
        public var uploadLifetime = Duration.seconds(1800)
        /// How many identifiers there may be for pictures at a time.
        public var uploadIdentifiers = 10_000
        /// How long a token is good, with which one pushes.
        public var tokenLifetime = Duration.seconds(3600)
        /// Where the folder is made in which pictures are kept.
        public var temporaryFolder = "/tmp"
        /// Is told when a table is over, with how many rows were made of it.
        public var onTableEnd: @Sendable (_ rows: Int) -> Void = { _ in }

        /// The settings of the demo.
        public init() {}
    }

    /// Adds all routes of the gallery. To be added before the hub's: what is not the gallery's it declines.
    public static func add(to routes: inout Routes, _ settings: Settings = Settings()) {
        TopicBoard.add(to: &routes)
        Messenger.add(to: &routes)
        PhoneUpload.add(to: &routes, settings)
        TokenPush.add(to: &routes, settings)
        EmitterRegistry.add(to: &routes)
        EventService.add(to: &routes, settings)
        ChatRoom.add(to: &routes)
        routes.get("/") { _ in Page.file("index.html") }
        Page.add("/gallery", "index.html", to: &routes)
        Page.addFiles(to: &routes)
    }
}
