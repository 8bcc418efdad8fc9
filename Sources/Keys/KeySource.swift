// Owns the reading of keys from where they are kept. What is read must be whole before it counts, and be wiped when it was
// a secret.

import Authorization
import HTTPClient
import HTTPMessage
import PrivateFiles

/// Where keys are from.
package enum KeySource: Sendable, Hashable {
    /// A secret, PEM, a JWK or a set of them.
    case file(String)
    /// A set of keys; what is no JSON is not taken for a secret.
    case setFile(String)
    /// A set of keys that is fetched.
    case url(String)

    /// Whether a value of `--jwks` is a URL: `https://`, or `http://`, and a host.
    package static func isFetched(_ text: String) -> Bool {
        guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return false }
        let rest = text.utf8.dropFirst(scheme.utf8.count)
        return rest.first.map { $0 != UInt8(ascii: "/") } ?? false
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// What it is called in messages.
    package var name: String {
        switch self {
        case .file(let name), .setFile(let name): name
        case .url(let text): ShownURL(text).description
        }
    }

    /// The file, if it is one.
    var path: String? {
        switch self {
        case .file(let path), .setFile(let path): path
        case .url: nil
        }
    }

    /// Whether anybody on the way could put in keys of theirs.
    var isUnprotected: Bool {
        guard case .url(let text) = self, text.hasPrefix("http://") else { return false }
        let authority = text.dropFirst("http://".count).prefix { !"/?#".contains($0) }
        return !(Authority(String(authority))?.isLoopback ?? false)
    }

    /// Reads the keys of a file. It waits for the disk.
    func readFile(_ path: String) throws(KeySourceError) -> SourceKeys {
        var bytes: [UInt8]
        do throws(PrivateFileError) {
            bytes = try PrivateFile.read(path)
        } catch {
            throw KeySourceError(error.description)
        }
        defer { PrivateFile.wipe(&bytes) }
        return try keys(in: bytes)
    }

    /// Fetches the keys; a server that does not answer in time has failed.
    func fetch(_ url: String, by client: HTTPClient) async throws(KeySourceError) -> SourceKeys {
        let bytes: [UInt8]
        do {
            bytes = try await withDeadline(.seconds(5)) {
                let response = try await client.send(
                    HTTPClient.Request(
                        "GET", url, fields: [HTTPClient.Field("Accept", "application/jwk-set+json, application/json")]))
                guard response.status == 200 else {
                    throw KeySourceError("\(name) answered with status \(response.status) where 200 was hoped for")
                }
                return try await response.body.collect(upTo: 1 << 20)
            }
        } catch let error as KeySourceError {
            throw error
        } catch let error as HTTPClientError {
            throw KeySourceError("\(name) cannot be fetched: \(error)")
        } catch {
            throw KeySourceError("\(name) did not answer within five seconds")
        }
        return try keys(in: bytes)
    }

    private func keys(in bytes: [UInt8]) throws(KeySourceError) -> SourceKeys {
        if case .file = self {
        } else if bytes.first(where: { $0 > 0x20 }) != UInt8(ascii: "{") {
            throw KeySourceError("\(name) is no set of keys: it has to be JSON, as {\"keys\": [...]} (RFC 7517)")
        }
        do throws(AuthorizationError) {
            return SourceKeys(keys: try KeySet.read(bytes, name: name), digest: SHA256Digest(bytes))
        } catch {
            throw KeySourceError(error.description)
        }
    }
}

/// The keys of a source, and what tells whether they are others than before.
struct SourceKeys: Sendable {
    let keys: [Key]
    let digest: SHA256Digest
}

/// Why keys cannot be had.
package struct KeySourceError: Error, Sendable, Equatable, CustomStringConvertible {
    /// From where, what is wrong and what to do, for an operator; no trailing stop.
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Runs `work`, and cancels it when it takes too long.
private func withDeadline<Value: Sendable>(
    _ limit: Duration, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() ?? nil else { throw CancellationError() }
        return value
    }
}
