// One easy handle of libcurl, from its options to its end. It lives on the curl thread only, which calls back into it.

internal import CLibcurl
internal import HTTPMessage
internal import TimerWheel

/// What libcurl holds for a ``Transfer``; freed when it is let go, after ``remove(from:)``.
final class CurlTransfer {
    let transfer: Transfer
    let easy: UnsafeMutableRawPointer
    private var list: UnsafeMutablePointer<curl_slist>?
    /// libcurl's own words about a failure.
    private let errorText: UnsafeMutableBufferPointer<CChar>
    private let followsRedirects: Bool
    /// The head as far as it has come; 0 before the first line and after a head that is not the last.
    private var status = 0
    private var fields: [HTTPClient.Field] = []
    private var hasHead = false

    init(_ transfer: Transfer) throws(HTTPClientError) {
        let request = transfer.request
        try request.validate()
        guard let easy = curl_easy_init() else { throw HTTPClientError(.other, "libcurl has no memory for a request") }
        self.transfer = transfer
        self.easy = easy
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0)
        followsRedirects = request.method == "GET" && request.body == nil && transfer.options.maxRedirects > 0
        setOptions(request, transfer.options)
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(list)
        errorText.deallocate()
    }

    func add(to multi: UnsafeMutableRawPointer) throws(HTTPClientError) {
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else {
            throw HTTPClientError(.other, "libcurl refuses the request")
        }
    }

    /// Closes the connection if the transfer had not ended.
    func remove(from multi: UnsafeMutableRawPointer) {
        curl_multi_remove_handle(multi, easy)
    }

    /// The socket is read again, beginning with what libcurl kept when it was told to pause.
    func resume() {
        curl_easy_pause(easy, CURLPAUSE_CONT)
    }

    /// Tells the reader how it ended.
    func complete(_ result: CURLcode) {
        if result == CURLE_OK { return transfer.finish(.success(())) }
        let detail =
            errorText[0] == 0
            ? String(cString: curl_easy_strerror(result))
            : errorText.withMemoryRebound(to: UInt8.self) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        transfer.finish(.failure(HTTPClientError(result, detail: detail, url: transfer.request.url)))
    }
}

// MARK: - Options

extension CurlTransfer {
    private func setOptions(_ request: HTTPClient.Request, _ options: HTTPClient.Options) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        set(CURLOPT_URL, request.url)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, options.connectTimeout.milliseconds))
        set(CURLOPT_MAXAGE_CONN, max(1, options.idleConnection.milliseconds / 1000))
        set(CURLOPT_SSL_VERIFYPEER, options.verifiesTLS ? 1 : 0)
        set(CURLOPT_SSL_VERIFYHOST, options.verifiesTLS ? 2 : 0)
        if let file = options.trustedFile {
            set(CURLOPT_CAINFO, file)
            // The system's folder of certificates would be trusted beside the file.
            _ = fanfare_curl_set_string(easy, CURLOPT_CAPATH, nil)
        }
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // A stream may be silent for long: it is the kernel that notices a peer that is gone.
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, 30)
        set(CURLOPT_TCP_KEEPINTVL, 10)
        set(CURLOPT_FOLLOWLOCATION, followsRedirects ? 1 : 0)
        set(CURLOPT_MAXREDIRS, options.maxRedirects)
        set(CURLOPT_USERAGENT, options.userAgent)
        // This machine is never asked by way of a proxy, whatever the environment says of others.
        if Origin(ofURL: request.url)?.authority.isLoopback == true { set(CURLOPT_PROXY, "") }
        setMethod(of: request)
        setFields(request.fields)
        _ = fanfare_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText.baseAddress)
        _ = fanfare_curl_set_receive(easy, CURLOPT_HEADERFUNCTION, headLineArrived)
        _ = fanfare_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        _ = fanfare_curl_set_receive(easy, CURLOPT_WRITEFUNCTION, bodyArrived)
        _ = fanfare_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
    }

    private func setMethod(of request: HTTPClient.Request) {
        if request.method == "HEAD" { set(CURLOPT_NOBODY, 1) }
        let body = request.body ?? (request.method == "POST" ? [] : nil)
        if let body {
            set(CURLOPT_POST, 1)
            // An empty array has no address, and a null pointer would have libcurl ask for a body by callback.
            let code =
                body.isEmpty
                ? fanfare_curl_set_body(easy, "", 0) : fanfare_curl_set_body(easy, body, curl_off_t(body.count))
            precondition(code == CURLE_OK, "libcurl has no memory for a body")
        }
        if !["GET", "HEAD", "POST"].contains(request.method) || (body != nil && request.method != "POST") {
            set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private func setFields(_ fields: [HTTPClient.Field]) {
        // libcurl's own additions: a type that nobody gave, and a wait for 100 that costs a second where it is unknown.
        var lines = ["Expect:"]
        if !fields.contains(where: { ASCII.isSame($0.name, "Content-Type") }) { lines.append("Content-Type:") }
        lines += fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for line in lines { list = curl_slist_append(list, line) ?? list }
        _ = fanfare_curl_set_list(easy, CURLOPT_HTTPHEADER, list)
    }

    private func set(_ option: CURLoption, _ value: Int) {
        _ = fanfare_curl_set_long(easy, option, value)
    }

    private func set(_ option: CURLoption, _ value: String) {
        _ = fanfare_curl_set_string(easy, option, value)
    }
}

// MARK: - What libcurl calls

extension CurlTransfer {
    fileprivate func receiveHeadLine(_ line: UnsafeRawBufferPointer) {
        // After the body has begun only trailer fields come, which nobody here needs.
        guard !hasHead else { return }
        let text = line.prefix { $0 != 0x0D && $0 != 0x0A }
        if text.isEmpty {
            endHead()
        } else if text.starts(with: "HTTP/".utf8) {
            // One head for each response on the way: 100, and those that redirect.
            var code = 0
            _ = fanfare_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &code)
            status = code
            fields = []
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            let value = text[text.index(after: colon)...].trimmingPrefix { $0 == 0x20 || $0 == 0x09 }
            let end = value.lastIndex { $0 != 0x20 && $0 != 0x09 }.map(value.index(after:)) ?? value.startIndex
            fields.append(
                HTTPClient.Field(
                    String(decoding: text[..<colon], as: UTF8.self), String(decoding: value[..<end], as: UTF8.self)))
        }
    }

    private func endHead() {
        let leadsOn =
            followsRedirects && (300..<400).contains(status)
            && fields.contains { ASCII.isSame($0.name, "Location") }
        guard status >= 200, !leadsOn else { return }
        hasHead = true
        transfer.receive(Transfer.Head(status: status, fields: fields))
    }
}

/// Called by libcurl for each line of a head; `context` is the ``CurlTransfer``, alive as long as its handle.
private func headLineArrived(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        .receiveHeadLine(UnsafeRawBufferPointer(start: bytes, count: size * count))
    return size * count
}

/// Called by libcurl with bytes of the body, at most 16 KiB at once.
private func bodyArrived(
    bytes: UnsafeMutablePointer<CChar>?, size: Int, count: Int, context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    guard size * count > 0 else { return 0 }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().transfer
    let isTaken = transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
    return isTaken ? size * count : Int(CURL_WRITEFUNC_PAUSE)
}
