// The door through which libFuzzer reaches the check of tokens and keys.

// SAFETY: libFuzzer calls from one thread only.
nonisolated(unsafe) private let check: AuthorizationCheck = {
    do { return try AuthorizationCheck() } catch { fatalError("\(error)") }
}()

/// Called by libFuzzer with one input after another; stops the process at a fault.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAuthorization(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    if let fault = check.fault(input) { fatalError(fault) }
    return 0
}
