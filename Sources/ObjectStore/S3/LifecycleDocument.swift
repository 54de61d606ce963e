import Domain

/// The form of a bucket's lifecycle rules. Pure.
enum LifecycleDocument {
    static let name = "LifecycleConfiguration"
    private static let classTag = "sparc:class"

    static func lifecycle(_ document: S3XML) -> BucketLifecycle {
        var own: [LifecycleRule] = []
        var others: [S3XML] = []
        for element in document.children where element.name == "Rule" {
            let id = element["ID"] ?? ""
            if id.hasPrefix(LifecycleRule.prefix) {
                own.append(rule(element, id))
            } else {
                others.append(element)
            }
        }
        return BucketLifecycle(own: own, others: others)
    }

    static func document(_ lifecycle: BucketLifecycle) -> String {
        let rules = (lifecycle.own.map(element) + lifecycle.others).map(\.encoded).joined()
        return "<\(name) xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(rules)</\(name)>"
    }

    private static func rule(_ element: S3XML, _ id: String) -> LifecycleRule {
        var rule = LifecycleRule(
            id: id,
            isEnabled: element["Status"] == "Enabled",
            retentionClass: nil,
            action: action(element)
        )
        // One tag stands in the filter or, with some stores, in an `And` of one.
        let filter = element.child("Filter")
        let parts = filter?.child("And")?.children ?? filter?.children ?? []
        for part in parts + element.children where part.name == "Prefix" {
            if !part.text.isEmpty { rule.action = .other }
        }
        let tags = parts.filter { $0.name == "Tag" }
        rule.retentionClass = tags.first?["Value"]
        if tags.count > 1 || tags.contains(where: { $0["Key"] != classTag }) {
            rule.action = .other
        }
        return rule
    }

    /// The names of everything that a rule does, so that nothing more than is known is taken for it.
    private static func action(_ element: S3XML) -> LifecycleRule.Action {
        let kinds = Set(element.children.map(\.name))
            .subtracting(["ID", "Status", "Filter", "Prefix"])
        let expiration = element.child("Expiration")
        if kinds == ["Expiration"], let days = expiration?["Days"].flatMap({ Int($0) }) {
            return .expire(days: days)
        }
        let swept: Set = [
            "Expiration", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload",
        ]
        if kinds == swept, expiration?["ExpiredObjectDeleteMarker"] == "true",
            let versions = element.child("NoncurrentVersionExpiration")?["NoncurrentDays"]
                .flatMap({ Int($0) }),
            let uploads = element.child("AbortIncompleteMultipartUpload")?["DaysAfterInitiation"]
                .flatMap({ Int($0) })
        {
            return .sweep(uploadDays: uploads, versionDays: versions)
        }
        return .other
    }

    private static func element(_ rule: LifecycleRule) -> S3XML {
        let filter =
            rule.retentionClass.map {
                S3XML("Tag", "", [S3XML("Key", classTag), S3XML("Value", $0)])
            } ?? S3XML("Prefix")
        var parts = [
            S3XML("ID", rule.id), S3XML("Filter", "", [filter]),
            S3XML("Status", rule.isEnabled ? "Enabled" : "Disabled"),
        ]
        switch rule.action {
        case .expire(let days):
            parts.append(S3XML("Expiration", "", [S3XML("Days", String(days))]))
        case .sweep(let uploads, let versions):
            parts += [
                S3XML("Expiration", "", [S3XML("ExpiredObjectDeleteMarker", "true")]),
                S3XML(
                    "NoncurrentVersionExpiration",
                    "",
                    [S3XML("NoncurrentDays", String(versions))]
                ),
                S3XML(
                    "AbortIncompleteMultipartUpload",
                    "",
                    [S3XML("DaysAfterInitiation", String(uploads))]
                ),
            ]
        case .other: break
        }
        return S3XML("Rule", "", parts)
    }
}
