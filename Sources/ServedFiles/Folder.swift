// Owns the way from names to a file below a folder. Must never lead out of the folder, whatever links are in it and whoever
// changes it meanwhile: each step is from a directory that is open, and none is taken by the system's own `..`.

import Descriptors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder whose files are served. It is found anew each time, so that another may take its place.
package struct Folder: Sendable {
    /// Where it is.
    package let path: String

    /// Names a folder; it need not be there yet.
    package init(_ path: String) { self.path = path }

    /// What names lead to.
    package enum Found: Sendable {
        case file(OpenFile)
        case folder
    }

    /// How many links are followed on one way.
    private static let mostLinks = 40

    /// Opens what names lead to from here, one after the other; links too, as long as they stay inside.
    ///
    /// - Throws: `FileFailure`; of the code `.missing` for what is neither a file nor a folder, and for what is outside.
    package func open(_ names: [String]) throws(FileFailure) -> Found {
        var way = [try root()]
        var names = Array(names.reversed())
        var links = 0
        while let name = names.popLast() {
            if name.isEmpty || name == "." { continue }
            if name == ".." {
                guard way.count > 1 else { throw FileFailure(.missing, "\(name) leads out of \(path)") }
                way.removeLast()
                continue
            }
            // The system would take more than one step for one name, or an end where none is.
            guard !name.utf8.contains(UInt8(ascii: "/")), !name.utf8.contains(0) else {
                throw FileFailure(.missing, "a name in \(path) holds a slash or a NUL")
            }
            let place = way[way.count - 1].number
            switch try kind(of: name, in: place) {
            case S_IFLNK:
                links += 1
                guard links <= Self.mostLinks else { throw FileFailure(ELOOP, name) }
                let target = try target(of: name, in: place)
                guard target.first != UInt8(ascii: "/") else {
                    throw FileFailure(.missing, "\(name) leads out of \(path)")
                }
                names += target.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
                    .reversed()
            case S_IFDIR:
                way.append(try open(name, in: place, O_DIRECTORY))
            case S_IFREG where names.isEmpty:
                // What it was a moment ago it need not be any more.
                let descriptor = try open(name, in: place, O_NONBLOCK)
                guard let file = OpenFile(descriptor) else { throw FileFailure(.missing, "\(name) is not a file") }
                return .file(file)
            default:
                throw FileFailure(.missing, "\(name) is neither a file nor a folder")
            }
        }
        return .folder
    }

    private func root() throws(FileFailure) -> Descriptor {
        let number = DescriptorReserve.keep(from: systemOpen(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        guard number >= 0 else {
            let failure = FileFailure(errno, "the folder \(path) cannot be opened")
            // Whoever named the folder should hear of it.
            throw failure.code == .busy ? failure : FileFailure(.failed, failure.description)
        }
        return Descriptor(number)
    }

    private func open(_ name: String, in place: Int32, _ flags: Int32) throws(FileFailure) -> Descriptor {
        let number = DescriptorReserve.keep(from: openat(place, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags))
        guard number >= 0 else { throw FileFailure(errno, name) }
        return Descriptor(number)
    }

    private func kind(of name: String, in place: Int32) throws(FileFailure) -> mode_t {
        var status = stat()
        guard fstatat(place, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw FileFailure(errno, name) }
        return status.st_mode & S_IFMT
    }

    private func target(of name: String, in place: Int32) throws(FileFailure) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = target.withUnsafeMutableBytes { bytes in
            readlinkat(place, name, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard count >= 0 else { throw FileFailure(errno, name) }
        // One that was cut off would lead somewhere else.
        guard count < target.count else { throw FileFailure(ELOOP, name) }
        return Array(target[..<count])
    }
}

/// The system's own, where a method has its name.
func systemOpen(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }
