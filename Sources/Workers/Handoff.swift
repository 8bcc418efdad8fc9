// Owns one value on its way from one thread to another. Must never run the receiver anywhere but on its loop.

import Network
import Synchronization

/// An answer that may be there at once, or come later on another thread.
///
/// Who asked takes it on its own loop's thread either way; when it is there at once, no thread is woken for it.
final class Handoff<Value: Sendable>: Sendable {
    private let state = Mutex(State.empty)

    private enum State {
        case empty
        case filled(Value)
        case awaited(@Sendable (Value) -> Void)
        case done
    }

    /// Brings the answer, from any thread, once.
    func fulfil(_ value: Value) {
        let waiting: (@Sendable (Value) -> Void)? = state.withLock { state in
            if case .awaited(let receive) = state {
                state = .done
                return receive
            }
            state = .filled(value)
            return nil
        }
        waiting?(value)
    }

    /// Takes the answer if it is there; else has it brought to `loop` when it comes.
    func take(on loop: EventLoop, _ receive: @escaping @Sendable (Value) -> Void) {
        let value: Value? = state.withLock { state in
            if case .filled(let value) = state {
                state = .done
                return value
            }
            state = .awaited { value in loop.submit { receive(value) } }
            return nil
        }
        if let value { receive(value) }
    }
}
