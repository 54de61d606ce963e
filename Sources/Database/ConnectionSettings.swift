import CPostgres

/// Where a database is and who connects: what libpq reads from a URL or from `key=value` words.
/// Prints neither user nor password.
package struct ConnectionSettings: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// libpq's keywords that have a value, sorted by name.
    package private(set) var values: [String: String]
    /// What every statement looks names up in.
    package var searchPath = "sparc"
    /// Milliseconds that one statement may take; 0 for no limit.
    package var statementTimeout = 15_000
    /// Milliseconds that a statement waits for a lock.
    package var lockTimeout = 5_000
    /// Milliseconds that a transaction may stand idle before the server ends it.
    package var idleTransactionTimeout = 20_000
    /// Seconds to make a connection; libpq takes no less than 2.
    package var connectTimeout = 5

    /// Reads `postgresql://user:password@host:port/name?host=/socket/folder` or
    /// `host=/socket/folder dbname=name user=name`. The error never repeats the text.
    package init(_ text: String) throws(DatabaseError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(text, &message) else {
            unsafe PQfreemem(message)
            throw DatabaseError(
                .settings,
                "the database's address cannot be read; for example "
                    + "postgresql://sparc_app:password@127.0.0.1:5432/sparc"
            )
        }
        defer { unsafe PQconninfoFree(options) }
        var values: [String: String] = [:]
        var entry = unsafe options
        while let keyword = unsafe entry.pointee.keyword {
            if let value = unsafe entry.pointee.val {
                unsafe values[String(cString: keyword)] = String(cString: value)
            }
            unsafe entry += 1
        }
        self.values = values
    }

    /// Reads settings from parts, for a database of our own behind a socket folder.
    package init(socketFolder: String, database: String, user: String, password: String? = nil) {
        values = ["host": socketFolder, "dbname": database, "user": user]
        values["password"] = password
    }

    /// The same database as somebody else.
    package func connecting(as user: String, password: String?) -> ConnectionSettings {
        var copy = self
        copy.values["user"] = user
        copy.values["password"] = password
        return copy
    }

    /// Another database of the same server.
    package func connecting(to database: String) -> ConnectionSettings {
        var copy = self
        copy.values["dbname"] = database
        return copy
    }

    package var user: String? {
        values["user"]
    }

    package var database: String? {
        values["dbname"]
    }

    package var description: String {
        "database \(values["dbname"] ?? "of the user") at \(values["host"] ?? "the local socket")"
    }

    package var customMirror: Mirror {
        Mirror(self, children: ["address": description])
    }
}
