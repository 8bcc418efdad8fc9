// Owns where lists of topics go on that are read in steps. Must never grow with readers who do not come back.

/// After which names lists of topics go on, by the numbers that their readers bring back.
package struct Listings: Sendable {
    private var names: [Int: String] = [:]
    private var last = 0

    /// So many are remembered; one that is forgotten begins anew.
    private static let most = 256

    /// None.
    package init() {}

    /// The name of a number.
    package func name(of number: Int) -> String? { names[number] }

    /// Forgets a number: it was told where the list goes on from there.
    package mutating func forget(_ number: Int) { names[number] = nil }

    /// A number for a name.
    package mutating func put(_ name: String) -> Int {
        last += 1
        names[last] = name
        names[last - Self.most] = nil
        return last
    }
}
