// The one thread that touches libcurl: it owns the multi handle and every easy handle in it. Others only post commands
// to its mailbox. It never calls into a reader's code; it resumes continuations and goes on.

internal import CLibcurl
internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A thread with a multi handle of libcurl; ended by ``stop()``, which must be called.
final class CurlThread: Sendable {
    enum Command: Sendable {
        case start(Transfer)
        /// The reader has caught up: the socket is read again.
        case resume(Transfer)
        case cancel(Transfer)
        case stop(CheckedContinuation<Void, Never>)
    }

    private struct Mailbox {
        var commands: [Command] = []
        /// From here on the multi handle is gone, or about to be.
        var isClosed = false
    }

    private let mailbox = Mutex(Mailbox())

    // SAFETY: set once; used on this thread only, save for `curl_multi_wakeup`, which libcurl allows from any thread, and
    // which is called under the mailbox's lock while the mailbox is open, hence before the handle is freed.
    nonisolated(unsafe) private let multi: UnsafeMutableRawPointer

    /// libcurl is set up on the first use, once a process, and never for those who make no request.
    private static let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() throws(HTTPClientError) {
        guard Self.isInitialised, let multi = curl_multi_init() else {
            throw HTTPClientError(.other, "libcurl cannot start; is there memory left?")
        }
        self.multi = multi
        // A transfer that pauses must not stall another on the same connection.
        _ = fanfare_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
        guard startThread(with: self) else {
            curl_multi_cleanup(multi)
            throw HTTPClientError(.other, "no thread can be started; is the limit of processes reached?")
        }
    }

    /// Has the thread do something; a transfer posted to a stopped thread ends with `closed`.
    func post(_ command: Command) {
        let isPosted = mailbox.withLock { mailbox in
            guard !mailbox.isClosed else { return false }
            mailbox.commands.append(command)
            if mailbox.commands.count == 1 { curl_multi_wakeup(multi) }
            return true
        }
        guard !isPosted else { return }
        switch command {
        case .start(let transfer), .resume(let transfer), .cancel(let transfer): transfer.finish(.failure(.scopeEnded))
        case .stop(let done): done.resume()
        }
    }

    /// Ends all transfers and the thread, and returns when it holds nothing any more.
    func stop() async {
        await withCheckedContinuation { post(.stop($0)) }
    }
}

extension CurlThread {
    /// The thread's life.
    fileprivate func run() {
        var running: [ObjectIdentifier: CurlTransfer] = [:]
        var stopped: CheckedContinuation<Void, Never>?
        while stopped == nil {
            for command in takeCommands() {
                switch command {
                case .start(let transfer):
                    start(transfer, in: &running)
                case .resume(let transfer):
                    running[ObjectIdentifier(transfer)]?.resume()
                case .cancel(let transfer):
                    running.removeValue(forKey: ObjectIdentifier(transfer))?.remove(from: multi)
                case .stop(let done):
                    stopped = done
                }
            }
            var count: Int32 = 0
            curl_multi_perform(multi, &count)
            finishCompleted(in: &running)
            guard stopped == nil else { break }
            // libcurl returns earlier for its own timers; the limit only guards against a lost one.
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        let late = mailbox.withLock { mailbox in
            mailbox.isClosed = true
            return mailbox.commands
        }
        for transfer in running.values {
            transfer.remove(from: multi)
            transfer.transfer.finish(.failure(.scopeEnded))
        }
        running = [:]
        curl_multi_cleanup(multi)
        for command in late {
            switch command {
            case .start(let transfer): transfer.finish(.failure(.scopeEnded))
            case .stop(let done): done.resume()
            case .resume, .cancel: break
            }
        }
        stopped?.resume()
    }

    private func takeCommands() -> [Command] {
        mailbox.withLock { mailbox in
            var commands: [Command] = []
            swap(&commands, &mailbox.commands)
            return commands
        }
    }

    private func start(_ transfer: Transfer, in running: inout [ObjectIdentifier: CurlTransfer]) {
        // It may have been cancelled while it waited in the mailbox.
        guard !transfer.hasEnded else { return }
        do throws(HTTPClientError) {
            let started = try CurlTransfer(transfer)
            try started.add(to: multi)
            running[ObjectIdentifier(transfer)] = started
        } catch {
            transfer.finish(.failure(error))
        }
    }

    private func finishCompleted(in running: inout [ObjectIdentifier: CurlTransfer]) {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            // The message dies with the handle's removal: read it first.
            let result = message.pointee.data.result
            guard let done = running.first(where: { $0.value.easy == easy }) else { continue }
            running.removeValue(forKey: done.key)
            done.value.complete(result)
            done.value.remove(from: multi)
        }
    }
}

extension HTTPClientError {
    fileprivate static let scopeEnded = HTTPClientError(.closed, "the client was closed before the answer was complete")
}

/// Starts a detached thread that runs `thread`, with all signals blocked: they are the main thread's, and a lost peer's
/// SIGPIPE ends nothing.
private func startThread(with thread: CurlThread) -> Bool {
    var all = sigset_t()
    var previous = sigset_t()
    sigfillset(&all)
    // A thread begins with the mask of the one that made it.
    pthread_sigmask(SIG_BLOCK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    let context = Unmanaged.passRetained(thread)
    #if canImport(Darwin)
        var handle: pthread_t?
    #else
        var handle = pthread_t()
    #endif
    let code = pthread_create(
        &handle, nil,
        { context in
            #if canImport(Darwin)
                let context: UnsafeMutableRawPointer? = context
            #endif
            guard let context else { return nil }
            Unmanaged<CurlThread>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }, context.toOpaque())
    guard code == 0 else {
        context.release()
        return false
    }
    #if canImport(Darwin)
        if let handle { pthread_detach(handle) }
    #else
        pthread_detach(handle)
    #endif
    return true
}
