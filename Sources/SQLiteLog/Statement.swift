// Owns one prepared statement. Parameters count from 1 and columns from 0, as in SQLite.

import CSQLite

/// A statement that is prepared once and run often.
final class Statement {
    private let handle: OpaquePointer
    private let connection: Connection

    init(_ text: String, on connection: Connection) throws(SQLiteLogError) {
        var handle: OpaquePointer?
        let result = sqlite3_prepare_v3(
            connection.handle, text, -1, CUnsignedInt(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard result == SQLITE_OK, let handle else { throw connection.failure(result) }
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    // MARK: - Running

    /// Goes to the next row. Tells whether there is one.
    func step() throws(SQLiteLogError) -> Bool {
        let result = sqlite3_step(handle)
        if result == SQLITE_ROW { return true }
        if result == SQLITE_DONE { return false }
        let failure = connection.failure(result)
        sqlite3_reset(handle)
        throw failure
    }

    /// Makes it ready to be run anew.
    func reset() { sqlite3_reset(handle) }

    /// Runs it to its end, with these numbers for its first parameters.
    func run(_ numbers: Int...) throws(SQLiteLogError) {
        for (index, number) in numbers.enumerated() { bind(number, at: CInt(index + 1)) }
        while try step() {}
        reset()
    }

    /// Runs it to its end, with a text and a number for its first parameters.
    func run(_ text: String, _ number: Int) throws(SQLiteLogError) {
        bind(text, at: 1)
        bind(number, at: 2)
        while try step() {}
        reset()
    }

    /// The number in the first column of the first row, with these numbers for its first parameters.
    func number(_ numbers: Int...) throws(SQLiteLogError) -> Int? {
        for (index, number) in numbers.enumerated() { bind(number, at: CInt(index + 1)) }
        let found = try step() && !isNull(0) ? int(0) : nil
        reset()
        return found
    }

    // MARK: - Parameters

    func bind(_ number: Int, at index: CInt) { sqlite3_bind_int64(handle, index, Int64(number)) }

    func bind(_ number: Int?, at index: CInt) {
        if let number { bind(number, at: index) } else { sqlite3_bind_null(handle, index) }
    }

    func bind(_ text: String?, at index: CInt) {
        guard var text else {
            sqlite3_bind_null(handle, index)
            return
        }
        text.withUTF8 { bytes in
            // An empty text has no address, which would make it NULL.
            if let first = bytes.baseAddress, !bytes.isEmpty {
                first.withMemoryRebound(to: CChar.self, capacity: bytes.count) { characters in
                    _ = sqlite3_bind_text64(
                        handle, index, characters, UInt64(bytes.count), fanfare_sqlite_transient(), UInt8(SQLITE_UTF8))
                }
            } else {
                sqlite3_bind_text(handle, index, "", 0, fanfare_sqlite_transient())
            }
        }
    }

    func bind(_ bytes: [UInt8], at index: CInt) {
        if bytes.isEmpty {
            sqlite3_bind_null(handle, index)
        } else {
            sqlite3_bind_blob64(handle, index, bytes, UInt64(bytes.count), fanfare_sqlite_transient())
        }
    }

    // MARK: - Columns

    func int(_ column: CInt) -> Int { Int(sqlite3_column_int64(handle, column)) }

    func isNull(_ column: CInt) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    /// The bytes of a text or of none, as long as the statement stands at this row.
    func bytes(_ column: CInt) -> UnsafeBufferPointer<UInt8> {
        // As a blob it is not copied to get a NUL at its end.
        guard let start = sqlite3_column_blob(handle, column) else { return UnsafeBufferPointer(start: nil, count: 0) }
        let count = Int(sqlite3_column_bytes(handle, column))
        return UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
    }

    /// A text, which may hold NUL.
    func text(_ column: CInt) -> String {
        guard let start = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func optionalText(_ column: CInt) -> String? { isNull(column) ? nil : text(column) }

    func optionalInt(_ column: CInt) -> Int? { isNull(column) ? nil : int(column) }

    func blob(_ column: CInt) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }
}
