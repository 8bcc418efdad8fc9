// Owns the way in which a program asks to be told of streams.

public import Answers

extension Routes {
    /// Has `hook` called when an event stream was opened: one of the hub's, or one that a route writes.
    ///
    /// It is called on the thread that serves the stream, and all others of that thread wait meanwhile: it must be quick.
    /// Several hooks are called in the order in which they were set.
    public mutating func onStreamOpened(_ hook: @escaping @Sendable (_ stream: StreamInfo) -> Void) {
        hooks.opened.append(hook)
    }

    /// Has `hook` called when an event stream is over: once for each that was opened, those too that are open when the
    /// server ends.
    ///
    /// It is called on the thread that served the stream, and must be quick.
    public mutating func onStreamClosed(
        _ hook: @escaping @Sendable (_ stream: StreamInfo, _ reason: StreamCloseReason) -> Void
    ) {
        hooks.closed.append(hook)
    }

    /// Has `hook` called when an event stream was asked for and refused: for want of permission, for too many streams,
    /// because the server stops, or for what is wrong with the request. Who is turned away before anybody looks at what
    /// is asked for, as by `Configuration.maxConnections`, is not told of, nor who is answered 204.
    ///
    /// It is called on the thread that serves the request, and must be quick.
    public mutating func onStreamRefused(_ hook: @escaping @Sendable (_ refusal: StreamRefusal) -> Void) {
        hooks.refused.append(hook)
    }
}
