// Owns which certificates new connections get, and the change from one set to the next. Must never give up what works for
// what does not. Looking for a change reads files: never on a loop's thread.

import PrivateFiles
import Synchronization

/// A server's certificates, which may be replaced while it runs.
package final class Credentials: Sendable {
    private let source: CredentialSource
    private let protocols: [String]
    private let tickets: TicketKeys
    private let state: Mutex<State>

    private struct State {
        var context: ServerContext
        var watch: ChangeWatch
        /// When what was made here is looked at again, in seconds since 1970.
        var nextRenewal: Int
        /// When what could not be used was last tried; nil if all went well.
        var failed: Int?
    }

    /// How long after a renewal, or an attempt at one, the next may follow, in seconds.
    private static let pause = 3600
    /// How long after files could not be used they are tried again although they look the same: the reason may pass.
    static let patience = 60

    /// Reads or makes the certificates.
    ///
    /// - Parameters:
    ///   - source: where they are from.
    ///   - protocols: the names of protocols for ALPN, the preferred one first.
    ///   - time: now, in seconds since 1970.
    /// - Throws: `TLSError` that says which file is wrong.
    package init(_ source: CredentialSource, protocols: [String], at time: Int) throws(TLSError) {
        self.source = source
        self.protocols = protocols
        tickets = try TicketKeys(at: time)
        // Looked at before they are read: what changes meanwhile is noticed.
        let watch = ChangeWatch(source.stamps)
        let context = try ServerContext(try source.identities(at: time), protocols: protocols, tickets: tickets)
        state = Mutex(State(context: context, watch: watch, nextRenewal: time))
    }

    /// What new connections get.
    package var context: ServerContext { state.withLock(\.context) }

    /// Whether the certificates are from files, which can be read anew.
    package var areFromFiles: Bool { source.areFiles }

    /// Looks whether there are other certificates to be had, and takes them. What is open stays as it is.
    ///
    /// - Parameters:
    ///   - time: now, in seconds since 1970.
    ///   - isAsked: whether to read them even if they look the same.
    /// - Returns: the new context; nil when nothing changed.
    /// - Throws: `TLSError` when what is there cannot be used, for each change and once a minute, or no new one can be
    ///   made, once an hour. The old ones stay in use.
    package func refresh(at time: Int, isAsked: Bool = false) throws(TLSError) -> ServerContext? {
        tickets.rotate(at: time)
        let stamps = source.stamps
        let isDue = state.withLock { state in
            if source.areFiles {
                // A clock that was set back is no reason to wait longer.
                let isPatient = state.failed.map { ($0..<$0 + Self.patience).contains(time) } ?? true
                return state.watch.look(stamps, isAsked: isAsked) || !isPatient
            }
            guard time >= state.nextRenewal, source.isWornOut(state.context.identities, at: time) else { return false }
            state.nextRenewal = time + Self.pause
            return true
        }
        guard isDue else { return nil }
        do throws(TLSError) {
            let context = try ServerContext(try source.identities(at: time), protocols: protocols, tickets: tickets)
            state.withLock { ($0.context, $0.failed) = (context, nil) }
            return context
        } catch {
            state.withLock { $0.failed = time }
            throw error
        }
    }

    /// The files of keys that anybody on this machine may read.
    package var openKeys: [String] {
        guard case .files(let list) = source else { return [] }
        return list.map(\.key).filter(PrivateFile.isOpenToAll)
    }
}

/// Where certificates are from.
package enum CredentialSource: Sendable {
    /// From pairs of files in PEM.
    case files([IdentityFiles])
    /// Made here, for these addresses without brackets; kept in a file, or in memory only.
    case selfSigned(keptIn: SelfSignedFile?, addresses: [String])

    var areFiles: Bool {
        if case .files = self { return true }
        return false
    }

    fileprivate var stamps: [FileStamp?] {
        guard case .files(let list) = self else { return [] }
        return list.flatMap { [FileStamp($0.certificate), FileStamp($0.key)] }
    }

    fileprivate func identities(at time: Int) throws(TLSError) -> [Identity] {
        switch self {
        case .files(let list):
            var identities: [Identity] = []
            for files in list { identities.append(try files.identity(at: time)) }
            return identities
        case .selfSigned(let file?, let addresses): return [try file.identity(for: addresses, at: time)]
        case .selfSigned(nil, let addresses): return [try SelfSigned.make(for: addresses, at: time)]
        }
    }

    /// Whether what was made here has to be made anew.
    fileprivate func isWornOut(_ identities: [Identity], at time: Int) -> Bool {
        guard case .selfSigned(_, let addresses) = self else { return false }
        return !identities.allSatisfy { SelfSigned.serves($0, addresses, at: time) }
    }
}

/// The two files of an identity.
package struct IdentityFiles: Sendable, Equatable {
    /// The certificate and its chain, in PEM.
    package let certificate: String
    /// The key, in PEM.
    package let key: String

    /// Names the files; they are read later.
    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// Reads the identity.
    package func identity(at time: Int) throws(TLSError) -> Identity {
        let certificates = try withFiles { () throws(PrivateFileError) in try PrivateFile.read(certificate) }
        var secret = try withFiles { () throws(PrivateFileError) in try PrivateFile.read(key) }
        defer { PrivateFile.wipe(&secret) }
        return try Identity(certificates: certificates, key: secret, names: (certificate, key), at: time)
    }
}
