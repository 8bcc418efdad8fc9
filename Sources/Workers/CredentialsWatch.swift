// Owns the looking after certificates while the server runs. Must never end the server, nor say the same thing twice.

import Network
import PrivateFiles
import Settings
import Synchronization
package import TLS
import TimerWheel

/// Takes over certificates that have changed: within seconds, or at once when it is told to.
package final class CredentialsWatch: Sendable {
    private let credentials: Credentials
    private let logger: Logger
    private let patrol = Patrol()
    private let memory = Mutex(Memory())

    /// What was said before.
    private struct Memory {
        package var complaint: String?
        package var notice = ExpiryNotice()
    }

    package init(_ credentials: Credentials, _ logger: Logger) {
        self.credentials = credentials
        self.logger = logger
        introduce(credentials.context)
    }

    /// Whether there are files to be read anew.
    package var areFromFiles: Bool { credentials.areFromFiles }

    /// Has the certificates read at once, even if they look the same; on any thread.
    package func readNow() { patrol.ask() }

    /// Looks again and again, until its task is cancelled.
    package func run() async {
        await patrol.run { look(isAsked: $0, at: Process.time / 1000) }
    }

    private func look(isAsked: Bool, at time: Int) {
        let before = credentials.context.identities.map(\.fingerprints)
        do throws(TLSError) {
            if let context = try credentials.refresh(at: time, isAsked: isAsked) {
                memory.withLock { $0.complaint = nil }
                if context.identities.map(\.fingerprints) == before {
                    logger.write(.info, "the certificates were read again, and are the same")
                } else {
                    logger.write(.info, "new connections get new certificates")
                    introduce(context)
                }
            }
        } catch {
            let text = error.description
            let isNew = memory.withLock { memory in
                defer { memory.complaint = text }
                return memory.complaint != text
            }
            if isNew || isAsked {
                logger.write(.error, "new certificates cannot be used; the old ones stay", ["reason": text])
            }
        }
        for identity in credentials.context.identities { warn(of: identity, at: time) }
    }

    /// Says that a certificate ends soon, or has ended, once a day.
    private func warn(of identity: TLS.Identity, at time: Int) {
        let until = identity.validUntil
        guard until - time < ExpiryNotice.shortNotice else { return }
        let level = memory.withLock { $0.notice.level(of: identity.fingerprint, until: until, at: time) }
        guard let level else { return }
        logger.write(
            level,
            level == .error
                ? "a certificate is out of date: clients refuse it" : "a certificate will soon be out of date",
            fields(of: identity))
    }

    /// Says what there is to say of certificates that are new here.
    private func introduce(_ context: ServerContext) {
        let time = Process.time / 1000
        for identity in context.identities {
            if credentials.areFromFiles {
                logger.write(.debug, "a certificate is in use", fields(of: identity))
            } else {
                logger.write(
                    .info, "the certificate is self-signed: clients have to be told to trust it", fields(of: identity))
            }
            warn(of: identity, at: time)
            for link in identity.invalidLinks(at: time) {
                logger.write(
                    .warning, "a certificate of a chain is not valid today: clients may refuse the whole",
                    ["certificate": identity.name, "subject": link])
            }
        }
        for key in credentials.openKeys {
            logger.write(.warning, "anybody on this machine may read a key", ["key": key])
        }
    }

    private func fields(of identity: TLS.Identity) -> KeyValuePairs<String, String> {
        ["certificate": identity.name, "until": identity.validUntilText, "sha256": identity.fingerprint]
    }
}
