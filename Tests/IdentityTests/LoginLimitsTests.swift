import Domain
import Identity
import Testing

/// How many logins may be tried, by account, device, address and organisation.
struct LoginLimitsTests {
    private static let start: Int64 = 1_800_000_000

    private func attempt(
        _ email: String = "a",
        tenant: String = "t",
        from address: String? = nil,
        device: String? = nil
    ) -> LoginAttempt {
        var attempt = LoginAttempt(
            tenant: tenant,
            email: email,
            address: address.flatMap { IPAddress($0) }
        )
        attempt.device = device
        return attempt
    }

    @Test func `who knows an account locks out new devices, not one that logged in before`() {
        var limits = LoginLimits()
        // A day of guessing, as fast as it goes, from an address each.
        var passed = 0
        for second in Int64(0)..<86_400 {
            let now = WallTime(seconds: Self.start + second)
            let guess = attempt(from: "198.51.\(second % 100).\(second % 250)")
            guard limits.begin(guess, now: now) == nil else { continue }
            passed += 1
            limits.end(guess, .wrong, began: now)
        }
        #expect(passed < 120)
        let now = WallTime(seconds: Self.start + 86_400)
        #expect(limits.begin(attempt(from: "192.0.2.1"), now: now) != nil)
        let own = attempt(from: "198.51.100.7", device: "d")
        #expect(limits.begin(own, now: now) == nil)
        limits.end(own, .right, began: now)
        // The device is slowed down by its own failures.
        var tried = 0
        while limits.begin(own, now: now) == nil {
            limits.end(own, .wrong, began: now)
            tried += 1
        }
        #expect(tried == LoginThrottle.freeAttempts)
    }

    @Test func `a right password without a code neither counts nor forgets`() {
        var limits = LoginLimits()
        var now = Self.start
        var guesses = 0
        // Whoever has the password tries codes, with a login without one before each.
        for _ in 0..<10_000 {
            let moment = WallTime(seconds: now)
            if limits.begin(attempt(), now: moment) == nil {
                limits.end(attempt(), .needsCode, began: moment)
            }
            if limits.begin(attempt(), now: moment) == nil {
                limits.end(attempt(), .wrong, began: moment)
                guesses += 1
            }
            now += 1
        }
        // 5, then after 5, 10, 20, … 640 and each 900 seconds.
        #expect((LoginThrottle.freeAttempts...25).contains(guesses), "\(guesses)")
    }

    @Test func `an address is limited over all accounts, and a right password costs it nothing`() {
        var limits = LoginLimits()
        let now = WallTime(seconds: Self.start)
        for index in 0..<1_000 {
            let one = attempt("person \(index)", tenant: "t \(index)", from: "192.0.2.1")
            #expect(limits.begin(one, now: now) == nil)
            limits.end(one, .right, began: now)
        }
        var passed = 0
        for index in 0..<1_000 {
            let one = attempt("\(index)", tenant: "\(index)", from: "192.0.2.1")
            if limits.begin(one, now: now) == nil { passed += 1 }
        }
        #expect(passed == Int(LoginLimits.addressBurst))
        #expect(limits.begin(attempt("z", from: "192.0.2.2"), now: now) == nil)
        #expect(limits.begin(attempt("y", from: "192.0.2.1", device: "d"), now: now) == nil)
        let wait = limits.begin(attempt("y", from: "192.0.2.1"), now: now)
        #expect(wait == LoginLimits.addressInterval)
        let later = WallTime(seconds: Self.start + LoginLimits.addressInterval)
        #expect(limits.begin(attempt("y", from: "192.0.2.1"), now: later) == nil)
        #expect(limits.begin(attempt("x", from: "192.0.2.1"), now: later) != nil)
    }

    @Test func `one network of IPv6 is one address, and IPv4 in it is itself`() {
        let blocks = [
            "2001:db8:1:2::1", "2001:db8:1:2:ffff::", "2001:db8:1:3::1", "::ffff:10.0.0.1",
        ]
        .compactMap { IPAddress($0) }.map { LoginAttempt.block($0) }
        #expect(
            blocks == ["2001:db8:1:2::/64", "2001:db8:1:2::/64", "2001:db8:1:3::/64", "10.0.0.1"]
        )
    }

    @Test func `an organisation is limited over all accounts and addresses`() {
        var limits = LoginLimits()
        let now = WallTime(seconds: Self.start)
        let passed = (0..<1_000).count { index in
            let one = attempt("\(index)", from: "10.0.\(index / 250).\(index % 250)")
            return limits.begin(one, now: now) == nil
        }
        #expect(passed == Int(LoginLimits.tenantBurst))
        #expect(limits.begin(attempt("a", tenant: "other", from: "10.1.0.0"), now: now) == nil)
        #expect(limits.begin(attempt("b", from: "10.1.0.1", device: "d"), now: now) == nil)
        #expect(limits.begin(attempt("c", from: "10.1.0.2"), now: now) == 1)
    }

    @Test func `logins that succeed have a rate, whatever device they come from`() {
        var limits = LoginLimits()
        let now = WallTime(seconds: Self.start)
        var passed = 0
        for index in 0..<1_000 {
            let one = attempt(device: "\(index)")
            guard limits.begin(one, now: now) == nil else { continue }
            passed += 1
            limits.end(one, .right, began: now)
        }
        #expect(passed == Int(LoginLimits.successBurst))
        #expect(limits.begin(attempt("b"), now: now) == nil)
        // Failures do not take from it: nobody else stops an account's logins by guessing.
        var other = LoginLimits()
        for second in Int64(0)..<1_000 {
            let now = WallTime(seconds: Self.start + second)
            if other.begin(attempt(), now: now) == nil {
                other.end(attempt(), .wrong, began: now)
            }
        }
        let last = WallTime(seconds: Self.start + 1_000)
        for _ in 0..<LoginLimits.successBurst {
            #expect(other.begin(attempt(device: "d"), now: last) == nil)
            other.end(attempt(device: "d"), .right, began: last)
        }
    }

    @Test func `who has a password and no code does not use up its person's logins`() {
        var limits = LoginLimits()
        var passed: Int64 = 0
        for second in Int64(0)..<600 {
            let now = WallTime(seconds: Self.start + second)
            for _ in 0..<10 where limits.begin(attempt(), now: now) == nil {
                limits.end(attempt(), .needsCode, began: now)
                passed += 1
            }
        }
        let most = LoginLimits.successBurst + 599 / LoginLimits.successInterval
        #expect(passed == most)
        let now = WallTime(seconds: Self.start + 600)
        for _ in 0..<LoginLimits.successBurst {
            #expect(limits.begin(attempt(device: "d"), now: now) == nil)
            limits.end(attempt(device: "d"), .right, began: now)
        }
        #expect(limits.begin(attempt(device: "d"), now: now) != nil)
    }

    @Test func `an organisation's logins that succeed have a rate, and others' none of it`() {
        var limits = LoginLimits()
        let now = WallTime(seconds: Self.start)
        let passed = (0..<2_000).count { index in
            let one = attempt("\(index)", device: "\(index)")
            guard limits.begin(one, now: now) == nil else { return false }
            limits.end(one, .right, began: now)
            return true
        }
        #expect(passed == Int(LoginLimits.tenantSuccessBurst))
        #expect(limits.begin(attempt("a", tenant: "other"), now: now) == nil)
        #expect(limits.begin(attempt("new"), now: now) == 1)
    }

    @Test func `what came to no answer takes nothing`() {
        var limits = LoginLimits()
        let now = WallTime(seconds: Self.start)
        for _ in 0..<10_000 {
            #expect(limits.begin(attempt(from: "192.0.2.1"), now: now) == nil)
            limits.end(attempt(from: "192.0.2.1"), .unchecked, began: now)
        }
    }

    @Test func `a table forgets who took least, and no more than its limit is kept`() {
        var table = RateTable(burst: 2, interval: 1_000_000)
        let now = WallTime(seconds: Self.start)
        for _ in 0..<100 { table.take("guessed at", now: now) }
        for index in 0..<RateTable.countLimit * 2 { table.take("\(index)", now: now) }
        #expect(table.wait("guessed at", now: now) == 99_000_000)
        #expect(table.wait("0", now: now) == 0)
        table.giveBack("nobody")
        #expect(table.wait("nobody", now: now) == 0)
    }
}
