import Domain

/// URLs that lead where no tenant's URL may, in every spelling that some parser or resolver takes.
struct HostileURLs {
    /// Addresses closed to everybody: metadata, loopback, this host, link-local, multicast, broadcast.
    private static let special = [
        "169.254.169.254", "127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1", "255.255.255.255",
    ]
    /// Private and reserved ones, closed to what is on the public internet.
    private static let inner = [
        "10.0.0.1", "172.16.5.4", "192.168.1.1", "100.64.0.1", "198.18.0.1", "192.0.2.1",
        "192.0.0.192", "203.0.113.7", "240.0.0.1", "100.100.100.200",
    ]
    private static let ipv6 = [
        "::1", "::", "0:0:0:0:0:0:0:1", "fe80::1", "fe80::5efe:169.254.169.254", "ff02::1",
        "ff0e::1", "fd00:ec2::254", "::ffff:0:127.0.0.1", "64:ff9b:1::7f00:1", "2001:0:7f00:1::1",
        "100::1", "fec0::1", "::1%lo", "fe80::1%25eth0", "fe80::1%eth0", "::1%251", "::ffff:127.1",
    ]

    /// Names that a resolver turns into a closed address, or that lead to what runs beside us: they
    /// may be taken, and are refused at every connect.
    static let names = [
        "localhost", "LOCALHOST", "localhost.localdomain", "ip6-localhost", "ip6-loopback",
        "metadata.google.internal", "instance-data", "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local", "postgres", "redis", "sparc-coordinator",
    ]

    /// `scheme` and what stands before and after the host.
    static func hosts(isPublic: Bool) -> [String] {
        let addresses = special + (isPublic ? inner : [])
        var hosts = addresses.flatMap(spellings)
        hosts += ipv6.map { "[\($0)]" }
        if isPublic {
            hosts += [
                "[fc00::1]", "[fd12:3456::1]", "[2001:db8::1]", "[3fff::1]", "[2002:a00:1::]",
            ]
        } else {
            // Cameras are inside: the public internet is closed to them.
            hosts += ["8.8.8.8", "1.1.1.1", "[2606:4700::1111]", "172.32.0.1", "100.128.0.1"]
        }
        return hosts
    }

    /// Each text of one IPv4 address.
    private static func spellings(_ text: String) -> [String] {
        let parts = text.split(separator: ".").compactMap { UInt32($0) }
        let value = parts.reduce(0) { $0 << 8 | $1 }
        func hex(_ number: UInt32) -> String { String(number, radix: 16) }
        func octal(_ number: UInt32) -> String { "0" + String(number, radix: 8) }
        let (a, b, c, d) = (parts[0], parts[1], parts[2], parts[3])
        let groups = "\(hex(a << 8 | b)):\(hex(c << 8 | d))"
        let wide = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    48...57 ~= scalar.value
                        ? Unicode.Scalar(scalar.value - 48 + 0xff10) ?? scalar : scalar
                }
            )
        )
        return [
            text, "\(value)", "0x\(hex(value))", "0X\(hex(value).uppercased())", octal(value),
            "\(UInt64(value) + 1 << 32)", parts.map { "0x\(hex($0))" }.joined(separator: "."),
            parts.map(octal).joined(separator: "."), "0x\(hex(a)).\(b).\(octal(c)).\(d)",
            parts.map { "000" + octal($0) }.joined(separator: "."),
            "\(a).\(b).\(c << 8 | d)", "\(a).\(b << 16 | c << 8 | d)",
            "0x\(hex(a)).\(b << 16 | c << 8 | d)", text + ".", "\(value).", text + "..",
            text.replacing(".", with: "%2e"), "%3\(a % 10)" + text.dropFirst(), wide,
            text.replacing(".", with: "\u{3002}"), text.replacing(".", with: "\u{ff0e}"),
            "[::ffff:\(text)]", "[::ffff:\(groups)]", "[0:0:0:0:0:ffff:\(groups)]", "[::\(text)]",
            "[::\(groups)]", "[64:ff9b::\(text)]", "[64:ff9b::\(groups)]", "[2002:\(groups)::]",
            "[::ffff:\(text)%25lo]", "[\(text)]",
        ]
    }

    /// Whole URLs that are wrong otherwise, for a scheme that is right.
    static func broken(_ scheme: String, good: String) -> [String] {
        let others = [
            "file", "gopher", "dict", "ftp", "ldap", "tftp", "jar", "data", "smb", "ssh",
            "javascript",
            "netdoc", "rtsps", "rtspu", "ws", "unix",
        ].map { "\($0)://\(good)/x" }
        let tails = [
            ":0/", ":65536/", ":-1/", ":80@127.0.0.1/", ":0x50/", ":80:80/", ":\u{ff18}\u{ff10}/",
            "\\r\\nHost: x/", "/\\r\\nX: y", "/\\nX: y", "\\\\@127.0.0.1/", "\\\\.127.0.0.1/",
            "/ x", "\\t/", "\\u0000.evil.example/", "#@127.0.0.1/", "/#x", "%00/", "%0d%0a/",
            "\u{2044}127.0.0.1/", "\u{ff0f}x/", "\u{ff20}127.0.0.1/", "\u{00ad}.x/",
        ].map { "\(scheme)://\(good)\($0)" }
        return others + tails + [
            "", "x", "//\(good)/", "\(scheme):", "\(scheme):/\(good)/", "\(scheme)://",
            "\(scheme):///x", "\(scheme)://@/", "\(scheme)://:80/", "\(scheme)://[/",
            "\(scheme)://[]/", "\(scheme)://[::1/", "\(scheme)://[::1]x/", " \(scheme)://\(good)/",
            "\(scheme) ://\(good)/", "file:///etc/passwd", "/etc/passwd",
        ]
    }
}
