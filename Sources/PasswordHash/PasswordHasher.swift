import CArgon2
import Foundation

/// Passwords as argon2id (RFC 9106) in PHC strings: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
///
/// One call takes 19 MiB and about 35 ms of a core on a thread of its own, never of the cooperative
/// pool. How many run at once is the caller's to limit.
package enum PasswordHasher {
    /// KiB of memory, passes and lanes: the OWASP password storage cheat sheet's first choice.
    package static let memory: UInt32 = 19_456
    package static let passes: UInt32 = 2
    package static let lanes: UInt32 = 1
    /// Longest password, bytes: enough for a sentence, too little to keep a core busy by length.
    package static let lengthLimit = 1_024
    /// Longest PHC string that is read, bytes.
    package static let encodedLimit = 512

    private static let saltLength = 16
    private static let hashLength = 32

    /// Hashes a password with a new random salt.
    package static func hash(_ password: String) async throws(PasswordHashError) -> String {
        let bytes = Array(password.utf8)
        guard bytes.count <= lengthLimit else {
            throw PasswordHashError(
                code: .tooLong,
                message: "a password has at most \(lengthLimit) bytes"
            )
        }
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<saltLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return try await onOwnThread { encode(bytes, salt: salt) }.get()
    }

    /// Whether the password is the one that was hashed; false for a string that is no argon2id.
    package static func verify(_ password: String, against encoded: String) async -> Bool {
        let bytes = Array(password.utf8)
        guard bytes.count <= lengthLimit, Parameters(encoded)?.isReasonable == true else {
            return false
        }
        return await onOwnThread {
            unsafe argon2id_verify(encoded, bytes, bytes.count) == Int32(ARGON2_OK.rawValue)
        }
    }

    /// Whether a hash was made with less than today's parameters and should be made anew at the
    /// next login.
    package static func needsRehash(_ encoded: String) -> Bool {
        guard let parameters = Parameters(encoded) else { return true }
        return parameters.memory < memory || parameters.passes < passes
    }

    private static func encode(
        _ password: [UInt8],
        salt: [UInt8]
    ) -> Result<String, PasswordHashError> {
        let length = argon2_encodedlen(
            passes,
            memory,
            lanes,
            UInt32(saltLength),
            UInt32(hashLength),
            Argon2_id
        )
        var text = [CChar](repeating: 0, count: length)
        let status = unsafe argon2id_hash_encoded(
            passes,
            memory,
            lanes,
            password,
            password.count,
            salt,
            salt.count,
            hashLength,
            &text,
            text.count
        )
        guard status == Int32(ARGON2_OK.rawValue) else {
            let code: PasswordHashError.Code =
                status == Int32(ARGON2_MEMORY_ALLOCATION_ERROR.rawValue) ? .memory : .library
            return .failure(
                PasswordHashError(code: code, message: "argon2 answered with status \(status)")
            )
        }
        let encoded = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return .success(String(decoding: encoded, as: UTF8.self))
    }

    private static func onOwnThread<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.name = "password-hash"
            thread.start()
        }
    }
}

/// The cost fields of a PHC string.
private struct Parameters {
    var memory: UInt32 = 0
    var passes: UInt32 = 0
    var lanes: UInt32 = 0

    init?(_ encoded: String) {
        guard encoded.utf8.count <= PasswordHasher.encodedLimit else { return nil }
        let fields = encoded.split(separator: "$", omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0].isEmpty, fields[1] == "argon2id", fields[2] == "v=19"
        else { return nil }
        for pair in fields[3].split(separator: ",") {
            let parts = pair.split(separator: "=")
            guard parts.count == 2, let value = UInt32(parts[1]) else { return nil }
            switch parts[0] {
            case "m": memory = value
            case "t": passes = value
            case "p": lanes = value
            default: return nil
            }
        }
    }

    /// A stored hash that asks for more than this is damage or an attack on our memory.
    var isReasonable: Bool {
        8...262_144 ~= memory && 1...16 ~= passes && 1...16 ~= lanes
    }
}
