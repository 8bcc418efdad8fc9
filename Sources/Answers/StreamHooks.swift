// Owns what is told of streams to the program. Each stream that was told of as opened must be told of as closed once.

import Hub
import Synchronization

/// What a program wants called when streams come and go.
package struct StreamHooks: Sendable {
    package var opened: [@Sendable (StreamInfo) -> Void] = []
    package var closed: [@Sendable (StreamInfo, StreamCloseReason) -> Void] = []
    package var refused: [@Sendable (StreamRefusal) -> Void] = []

    /// Makes hooks of which there are none yet.
    package init() {}

    /// Whether anybody wants to know of streams that are open.
    package var areWatching: Bool { !opened.isEmpty || !closed.isEmpty }
}

/// What is to be called when one response is over: once, whatever becomes of it. If nobody says what became of it, no
/// stream did.
package final class CloseNotice: Sendable {
    private let handlers: Mutex<[@Sendable (StreamCloseReason) -> Void]>

    /// Nil if there is nothing to be called.
    package init?(_ handlers: [@Sendable (StreamCloseReason) -> Void]) {
        if handlers.isEmpty { return nil }
        self.handlers = Mutex(handlers)
    }

    deinit { tell(.refused) }

    package func tell(_ reason: StreamCloseReason) {
        let handlers = handlers.withLock { handlers in
            let list = handlers
            handlers = []
            return list
        }
        for handler in handlers { handler(reason) }
    }
}

/// What is to be told of one open stream. It belongs to its worker's thread.
package struct StreamWatch: Sendable {
    private let info: StreamInfo
    private let hooks: StreamHooks
    private let notice: CloseNotice?

    /// Tells that a stream is open. To be followed by `close` once.
    package init(opening info: StreamInfo, hooks: StreamHooks, notice: CloseNotice?) {
        self.info = info
        self.hooks = hooks
        self.notice = notice
        for hook in hooks.opened { hook(info) }
    }

    package func close(_ reason: StreamCloseReason) {
        for hook in hooks.closed { hook(info, reason) }
        notice?.tell(reason)
    }
}
