// Owns whether a request still is about what is there, and whether there is anything new to send. Must never let a change go
// through, nor a range, on a guess.

/// What a state of a resource is known again by.
package struct Validators: Sendable, Hashable {
    /// Its entity tag, if it has one.
    package var tag: EntityTag?
    /// When it came about, in seconds since 1970, if that is known.
    package var modified: Int?

    /// Makes validators.
    package init(tag: EntityTag?, modified: Int?) {
        self.tag = tag
        self.modified = modified
    }
}

/// The conditions of a request (RFC 9110 section 13.1).
package struct Preconditions: Sendable {
    private let method: Method
    private let match: EntityTagList?
    private let noneMatch: EntityTagList?
    private let unmodifiedSince: Int?
    private let modifiedSince: Int?
    private let range: IfRange?
    private let now: Int

    private enum IfRange: Sendable {
        case tag(EntityTag)
        case date(Int)
        case malformed
    }

    /// What is to be done with the request.
    package enum Verdict: Sendable, Equatable {
        /// What it asks for; `Range` counts only if so said.
        case proceed(honoursRange: Bool)
        /// 304: what the client has is good.
        case notModified
        /// 412: what the client has in mind is not what is there.
        case failed
    }

    /// Reads a request's conditions. Dates that are malformed do not count, as the standard has it.
    ///
    /// - Parameters:
    ///   - head: the request.
    ///   - now: the time in seconds since 1970.
    package init(_ head: borrowing RequestHead, at now: Int) {
        self.now = now
        method = head.method
        match = EntityTagList(head.values(of: .ifMatch))
        noneMatch = EntityTagList(head.values(of: .ifNoneMatch))
        unmodifiedSince = Self.date(head, .ifUnmodifiedSince, now)
        modifiedSince = Self.date(head, .ifModifiedSince, now)
        range = head[.ifRange].map { value in
            if let tag = EntityTag(field: value) { return .tag(tag) }
            return HTTPDate.parse(value, at: now).map { .date($0) } ?? .malformed
        }
    }

    /// A date counts if there is one, and once.
    private static func date(_ head: borrowing RequestHead, _ name: FieldName, _ now: Int) -> Int? {
        let values = head.values(of: name)
        return values.count == 1 ? HTTPDate.parse(values[0], at: now) : nil
    }

    /// Judges a request for what is there, in the order of section 13.2.2.
    ///
    /// - Parameter present: what it is known by.
    package func verdict(for present: Validators) -> Verdict {
        let isReading = method == .get || method == .head
        if let match {
            let isThere = match.contains { wanted in present.tag.map { wanted.isStronglyEqual(to: $0) } ?? false }
            guard isThere else { return .failed }
        } else if let unmodifiedSince, let modified = present.modified, modified > unmodifiedSince {
            return .failed
        }
        if let noneMatch {
            let isThere = noneMatch.contains { wanted in present.tag.map { wanted.isWeaklyEqual(to: $0) } ?? false }
            if isThere { return isReading ? .notModified : .failed }
        } else if isReading, let modifiedSince, let modified = present.modified, modified <= modifiedSince {
            return .notModified
        }
        return .proceed(honoursRange: method == .get && isRangeGood(for: present))
    }

    /// Whether the parts that the client has belong with what is there (section 13.1.5).
    private func isRangeGood(for present: Validators) -> Bool {
        switch range {
        case nil: true
        case .tag(let tag): present.tag.map { tag.isStronglyEqual(to: $0) } ?? false
        // A date is a promise only if nothing can have changed twice within its second, which may not be over.
        case .date(let date): present.modified.map { $0 == date && $0 < now } ?? false
        case .malformed: false
        }
    }
}
