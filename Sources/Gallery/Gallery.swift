// Owns the list of the systems. The gallery must never use more than the library's public API: it shows what that can
// do.

public import Fanfare

/// Five small systems that are built on Fanfare, to try and to read: a file each.
public enum Gallery {
    /// What a program may set.
    public struct Settings: Sendable {
        /// How long pictures that came from a phone are kept, from the first use of their identifier.
        public var uploadLifetime = Duration.seconds(1800)
        /// How long a token is good, with which one pushes.
        public var tokenLifetime = Duration.seconds(3600)
        /// Where the folder is made in which pictures are kept.
        public var temporaryFolder = "/tmp"

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
        EventService.add(to: &routes)
        ChatRoom.add(to: &routes)
        routes.get("/") { _ in Page.file("index.html") }
        routes.get("/gallery") { _ in Page.file("index.html") }
        Page.addFiles(to: &routes)
    }
}
