/// Hosts that look like names and are numbers to a resolver: `inet_aton` takes `127.1`, `0x7f.1`,
/// `017700000001` and `2130706433` for addresses.
package enum HostNumber {
    /// Whether a host is one: its last part, but for a dot at the end, has digits alone, or `0x` and
    /// hexadecimal ones (the rule of the URL standard of the WHATWG, section 3.5). Of those only four
    /// decimal parts, which `IPAddress` reads, are an address that everybody reads alike.
    package static func isWritten(_ host: some StringProtocol) -> Bool {
        var labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        if labels.last?.isEmpty ?? false { labels.removeLast() }
        guard let last = labels.last, !last.isEmpty else { return false }
        if last.utf8.allSatisfy({ 48...57 ~= $0 }) { return true }
        return last.hasPrefix("0x")
            && last.dropFirst(2).utf8.allSatisfy { 48...57 ~= $0 || 97...102 ~= $0 }
    }
}
