// Owns the keys of session tickets. Must never let one live long: who has such a key and recorded sessions of TLS 1.2 can
// read all of them that had a ticket made with it, from the first on, for the ticket holds the session's own secret.

import COpenSSL
import Synchronization

/// The keys by which clients resume their sessions (RFC 5077; RFC 8446 section 4.6.1), the same for all workers and for
/// all certificates that follow one another.
package final class TicketKeys: Sendable {
    private let state: Mutex<State>

    private struct State {
        /// The newest first: it makes tickets, the others only read theirs.
        var keys: [Key]
        /// When the newest was made, in seconds since 1970.
        var made: Int
    }

    /// How long a key makes tickets, in seconds; it reads them for twice as long again.
    static let period = 6 * 3600

    /// Makes the first key.
    ///
    /// - Parameter time: now, in seconds since 1970.
    package init(at time: Int) throws(TLSError) {
        state = Mutex(State(keys: [try Key()], made: time))
    }

    /// Makes a new key when the newest is old enough, or when the clock went back.
    package func rotate(at time: Int) {
        let isDue = state.withLock { time - $0.made >= Self.period || time < $0.made }
        // Without a new key the old one goes on; it is tried again.
        guard isDue, let key = try? Key() else { return }
        state.withLock { state in
            state.keys = [key] + state.keys.prefix(2)
            state.made = time
        }
    }

    var newest: Key { state.withLock { $0.keys[0] } }

    /// The key of that name, and whether it is still the newest; nil if it is too old, or was never one of these.
    func key(named name: UnsafeRawBufferPointer) -> (key: Key, isNewest: Bool)? {
        state.withLock { state in
            guard let index = state.keys.firstIndex(where: { $0.name.elementsEqual(name) }) else { return nil }
            return (state.keys[index], index == 0)
        }
    }

    /// A key: its name, by which tickets tell it, and its two secrets.
    final class Key: @unchecked Sendable {
        // SAFETY: written in init only, wiped and freed in deinit only, read in between.
        private let bytes: UnsafeMutableRawBufferPointer

        init() throws(TLSError) {
            bytes = .allocate(byteCount: 16 + 32 + 32, alignment: 16)
            fanfare_forget_errors()
            // All is set, so that deinit runs even where this throws.
            guard RAND_bytes(bytes.baseAddress, CInt(bytes.count)) == 1 else {
                throw TLSError(openSSL: "there is no randomness for a key")
            }
        }

        deinit {
            OPENSSL_cleanse(bytes.baseAddress, bytes.count)
            bytes.deallocate()
        }

        var name: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[..<16]) }

        /// Sets up the cipher and the authentication of one ticket. Tells whether that worked.
        func prepare(
            _ cipher: OpaquePointer, _ authentication: OpaquePointer, iv: UnsafeMutablePointer<UInt8>, encrypting: Bool
        ) -> Bool {
            let secrets = bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
            guard fanfare_tls_set_ticket_authentication(authentication, secrets + 48, 32) == 1 else { return false }
            let start = encrypting ? EVP_EncryptInit_ex : EVP_DecryptInit_ex
            return start(cipher, EVP_aes_256_cbc(), nil, secrets + 16, iv) == 1
        }
    }
}
