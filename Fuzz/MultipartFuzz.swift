// The door through which libFuzzer reaches the check of forms in parts.

/// Called by libFuzzer with one input after another; stops the process at a fault.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMultipart(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    if let fault = multipartFault(in: input) { fatalError(fault) }
    return 0
}
