// Owns the looking after certificates while the server runs. Must never end the server, nor say the same thing twice.

import Network
import TLS
import TimerWheel

/// Takes over certificates that have changed: within seconds, or at once when it is told to.
struct CredentialsWatch: Sendable {
    private let credentials: Credentials
    private let logger: Logger
    private let looks: AsyncStream<Bool>
    private let request: AsyncStream<Bool>.Continuation

    /// How often it looks.
    private static let period: Duration = .seconds(2)
    /// A certificate that is valid no longer than this, in seconds, is worth a word.
    private static let shortNotice = 14 * 86_400

    init(_ credentials: Credentials, _ logger: Logger) {
        self.credentials = credentials
        self.logger = logger
        (looks, request) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4))
        introduce(credentials.context)
    }

    /// Whether there are files to be read anew.
    var areFromFiles: Bool { credentials.areFromFiles }

    /// Has the certificates read at once, on any thread.
    func readNow() { request.yield(true) }

    /// Looks again and again, until its task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while (try? await Task.sleep(for: Self.period)) != nil { request.yield(false) }
            }
            for await isAsked in looks { look(isAsked: isAsked) }
        }
    }

    private func look(isAsked: Bool) {
        do throws(TLSError) {
            guard let context = try credentials.refresh(at: Process.time / 1000, isAsked: isAsked) else { return }
            logger.write(.info, "new connections get new certificates")
            introduce(context)
        } catch {
            logger.write(
                .error, "new certificates cannot be used; the old ones stay", ["reason": error.description])
        }
    }

    private func introduce(_ context: ServerContext) {
        for identity in context.identities {
            let fields: KeyValuePairs = [
                "certificate": identity.name, "until": identity.validUntilText, "sha256": identity.fingerprint,
            ]
            if !credentials.areFromFiles {
                logger.write(.info, "the certificate is self-signed: clients have to be told to trust it", fields)
            } else if identity.validUntil - Process.time / 1000 < Self.shortNotice {
                logger.write(.warning, "a certificate will soon be out of date", fields)
            } else {
                logger.write(.debug, "a certificate is in use", fields)
            }
        }
    }
}
