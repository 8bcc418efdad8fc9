// Owns the list of the systems. The gallery must never use more than the library's public API: it shows what that can
// do.

public import Fanfare

/// Five small systems that are built on Fanfare, to try and to read: a file each.
public enum Gallery {
    /// Adds all routes of the gallery. To be added before the hub's: what is not the gallery's it declines.
    public static func add(to routes: inout Routes) {
        TopicBoard.add(to: &routes)
        Messenger.add(to: &routes)
        routes.get("/") { _ in Page.file("index.html") }
        routes.get("/gallery") { _ in Page.file("index.html") }
        Page.addFiles(to: &routes)
    }
}
