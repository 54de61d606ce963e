import Database
import Testing

struct ConnectionSettingsTests {
    @Test func `URLs, words and socket folders are read`() throws {
        let url = try ConnectionSettings("postgresql://someone:s3cret@db.local:5433/sparc")
        #expect(url.values["host"] == "db.local")
        #expect(url.values["port"] == "5433")
        #expect(url.values["dbname"] == "sparc")
        #expect(url.user == "someone")
        let socket = try ConnectionSettings("postgresql:///sparc?host=/run/db&user=sparc_app")
        #expect(socket.values["host"] == "/run/db")
        #expect(socket.user == "sparc_app")
        let words = try ConnectionSettings("host=/run/db dbname=sparc user=x password='a b'")
        #expect(words.values["password"] == "a b")
        let other = url.connecting(as: "sparc_app", password: "y").connecting(to: "z")
        #expect(other.user == "sparc_app")
        #expect(other.values["dbname"] == "z")
    }

    @Test func `nothing prints a password`() throws {
        let settings = try ConnectionSettings("postgresql://someone:s3cret@db.local/sparc")
        for text in ["\(settings)", String(reflecting: settings), "\([settings])"] {
            #expect(!text.contains("s3cret"))
        }
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains("s3cret"))
        for broken in ["postgresql://a:s3cret@host:x:y/z?s3cret", "host=a s3cret", "s3cret=1"] {
            let error = #expect(throws: DatabaseError.self) { try ConnectionSettings(broken) }
            #expect(error?.code == .settings)
            #expect(error?.description.contains("s3cret") == false)
        }
    }
}
