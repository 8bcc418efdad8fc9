// The door through which libFuzzer reaches the check of HTTP messages.

/// The parsers live on from input to input, as a server's do from connection to connection.
// SAFETY: libFuzzer calls from one thread.
nonisolated(unsafe) private var check = HTTPMessageCheck()

/// Called by libFuzzer with one input after another; stops the process at a fault.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTPMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    if let fault = check.fault(input) { fatalError(fault) }
    return 0
}
