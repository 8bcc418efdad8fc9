// Owns a disk that fails on command.

import Foundation
import SQLiteFaults

/// A file system of SQLite's that does what it should until it is told to fail.
final class Disk: @unchecked Sendable {
    // SAFETY: the name lives as long as the process, and C's part is made for several threads.
    let name: String
    private let faults: OpaquePointer

    init() {
        name = "faults-\(UUID().uuidString)"
        faults = faults_make(strdup(name))
    }

    func fail(_ kinds: Int, _ code: CInt, after: Int = 0) { faults_set(faults, CInt(kinds), code, after) }
    func recover() { faults_set(faults, 0, 0, 0) }
    var failures: Int { faults_count(faults) }
}
