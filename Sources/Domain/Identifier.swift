package import FoundationEssentials

/// An id that cannot be mistaken for another kind of id: a UUID with the type of what it names.
///
/// Written and read as a lower-case UUID string in JSON, SQL, paths and logs.
package struct Identifier<Subject>: Hashable, Sendable, Codable, Comparable,
    CustomStringConvertible, LosslessStringConvertible
{
    /// The bare value, for the two places that need it: SQL parameters and packed bytes.
    package let uuid: UUID

    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// A new random id (version 4, RFC 9562 section 5.4).
    ///
    /// Drawn from `getrandom`: Foundation reads /dev/urandom, which a sandbox may hide, and then
    /// makes the same id each time.
    package init() {
        var generator = SystemRandomNumberGenerator()
        let bits = (generator.next() as UInt64, generator.next() as UInt64)
        func byte(_ index: Int) -> UInt8 {
            let word = index < 8 ? bits.0 : bits.1
            return UInt8(truncatingIfNeeded: word >> UInt64((index & 7) * 8))
        }
        uuid = UUID(
            uuid: (
                byte(0), byte(1), byte(2), byte(3), byte(4), byte(5), byte(6) & 0x0f | 0x40,
                byte(7), byte(8) & 0x3f | 0x80, byte(9), byte(10), byte(11), byte(12), byte(13),
                byte(14), byte(15)
            )
        )
    }

    /// Nil for anything but the 36-character form of a UUID.
    package init?(_ text: String) {
        guard text.utf8.count == 36, let uuid = UUID(uuidString: text) else { return nil }
        self.uuid = uuid
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "expected a UUID such as \(UUID())"
            )
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String {
        uuid.uuidString.lowercased()
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.uuid.uuidString < right.uuid.uuidString
    }
}

/// What the id types name; never instantiated.
package enum IdentifierSubject {
    package enum Tenant {}
    package enum Site {}
    package enum Camera {}
    package enum User {}
    package enum Worker {}
    package enum Run {}
    package enum Hold {}
    package enum Event {}
    package enum Alert {}
    package enum Webhook {}
    package enum Delivery {}
    package enum Session {}
    package enum APIKey {}
    package enum Role {}
    package enum Grant {}
    package enum IdentityProvider {}
    package enum ProviderLogin {}
}

/// An organisation whose rows and footage nobody else sees.
package typealias TenantID = Identifier<IdentifierSubject.Tenant>
/// A place with doors and cameras.
package typealias SiteID = Identifier<IdentifierSubject.Site>
/// One camera, whatever the number of its streams.
package typealias CameraID = Identifier<IdentifierSubject.Camera>
/// A person who logs in.
package typealias UserID = Identifier<IdentifierSubject.User>
/// One data folder of one ingest worker; survives its restarts.
package typealias WorkerID = Identifier<IdentifierSubject.Worker>
/// One unbroken timeline of one stream; new at every connect, real time jump or parameter change.
package typealias RunID = Identifier<IdentifierSubject.Run>
/// A hold that keeps footage.
package typealias HoldID = Identifier<IdentifierSubject.Hold>
/// Something that happened; also the id of every webhook message about it, on each attempt.
package typealias EventID = Identifier<IdentifierSubject.Event>
/// Something that somebody has to hear of, from its opening to its end.
package typealias AlertID = Identifier<IdentifierSubject.Alert>
/// An address that messages are sent to.
package typealias WebhookID = Identifier<IdentifierSubject.Webhook>
/// One message to one webhook, with all its attempts.
package typealias DeliveryID = Identifier<IdentifierSubject.Delivery>
/// One login, from the password to its end.
package typealias SessionID = Identifier<IdentifierSubject.Session>
/// A key that a program shows in place of a login.
package typealias APIKeyID = Identifier<IdentifierSubject.APIKey>
/// A role that an organisation made itself.
package typealias RoleID = Identifier<IdentifierSubject.Role>
/// A role that a person has at one site or camera.
package typealias GrantID = Identifier<IdentifierSubject.Grant>
/// An organisation's provider of identities, where its people log in.
package typealias IdentityProviderID = Identifier<IdentifierSubject.IdentityProvider>
/// One login through a provider, from its begin to the tokens.
package typealias ProviderLoginID = Identifier<IdentifierSubject.ProviderLogin>
