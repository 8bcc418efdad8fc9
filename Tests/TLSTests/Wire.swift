import Testing

@testable import TLS

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Two sockets that are joined, and a session on each. Everything happens on the test's own thread, in turns.
final class Wire {
    let client: Session
    let server: Session
    private let sockets: (client: Int32, server: Int32)
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Session.recordSize, alignment: 16)

    /// - Parameter room: how many bytes each side may send before the other reads, roughly.
    init(_ server: ServerContext, _ client: ClientContext, to host: String = "a.example", room: Int32? = nil) throws {
        sockets = Self.sockets(room: room)
        self.client = try #require(client.session(on: sockets.client, to: host))
        self.server = try #require(server.session(on: sockets.server))
    }

    deinit {
        close(sockets.client)
        close(sockets.server)
        buffer.deallocate()
    }

    /// Has both sides shake hands. Tells whether they did.
    func shakeHands() -> Bool {
        for _ in 0..<20 {
            // What a side has to say is said by reading; a failure is the end.
            if read(client) == nil || read(server) == nil { return false }
            if client.isEstablished && server.isEstablished { return true }
        }
        return false
    }

    /// What has come; nil at the end.
    func read(_ session: Session) -> [UInt8]? {
        switch session.read(into: buffer) {
        case 0: nil
        case let count where count < 0: []
        case let count: Array(buffer[..<count])
        }
    }

    /// Sends bytes in clear, past the client's session.
    func sendInClear(_ text: String) { sendInClear(Array(text.utf8)) }

    /// Sends bytes past the client's session.
    func sendInClear(_ bytes: [UInt8]) {
        precondition(send(sockets.client, bytes, bytes.count, 0) == bytes.count)
    }

    /// Ends the client's side without a word.
    func cut() { shutdown(sockets.client, Int32(SHUT_RDWR)) }

    private static func sockets(room: Int32?) -> (Int32, Int32) {
        var pair: [Int32] = [0, 0]
        #if os(Linux)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        precondition(socketpair(AF_UNIX, kind, 0, &pair) == 0)
        for fd in pair {
            _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
            guard var room else { continue }
            setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        }
        return (pair[0], pair[1])
    }
}

extension Session {
    func write(_ bytes: [UInt8]) -> Int { bytes.withUnsafeBytes { write($0) } }
}

/// A folder that goes with the test.
final class Folder {
    let path: String

    init() {
        var template = Array("/tmp/fanfare-tls-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { unlink("\(path)/\(name)") }
            }
            closedir(directory)
        }
        rmdir(path)
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file as a whole, under another name first, as those do who renew certificates.
    @discardableResult
    func write(_ text: String, to name: String) -> String {
        let draft = path(name + "~")
        let file = fopen(draft, "w")!
        fputs(text, file)
        fclose(file)
        rename(draft, path(name))
        return path(name)
    }

    /// Who may do what with a file, as in `chmod`.
    func mode(_ name: String) -> UInt32 {
        var status = stat()
        precondition(stat(path(name), &status) == 0)
        return UInt32(status.st_mode) & 0o777
    }

    func setMode(_ mode: UInt32, of name: String) { precondition(chmod(path(name), mode_t(mode)) == 0) }

    func remove(_ name: String) { unlink(path(name)) }

    func text(_ name: String) -> String {
        let file = fopen(path(name), "r")!
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    func makePipe(_ name: String) -> String {
        precondition(mkfifo(path(name), 0o600) == 0)
        return path(name)
    }
}
