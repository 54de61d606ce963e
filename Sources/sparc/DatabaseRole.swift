import Database
import Keys

/// The passwords of the roles that `sparc migrate` sets and the coordinator logs in with: derived
/// from the master key, stored nowhere.
enum DatabaseRole {
    static func password(_ role: String, _ keys: KeyRing) -> String {
        keys.derive(.databasePassword(role: role)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// The same database as one of our roles, whatever user the text names: libpq takes the last of
    /// two values (libpq, "Connection Strings").
    static func url(_ text: String, _ role: String, _ keys: KeyRing) -> String {
        let password = password(role, keys)
        guard text.contains("://") else { return text + " user=\(role) password=\(password)" }
        let separator = text.contains("?") ? "&" : "?"
        return text + separator + "user=\(role)&password=\(password)"
    }
}
