package import Domain

/// A page of alerts, the newest first.
package struct AlertPage: Hashable, Sendable {
    /// Most alerts of a page.
    package static let limit = 500

    package var alerts: [Alert]
    /// Where the next page begins; nil at the end.
    package var next: PageCursor?
}

/// The last row of a page: a time and the row's id.
package struct PageCursor: Hashable, Sendable {
    package var time: WallTime
    package var id: String

    package init(time: WallTime, id: String) {
        self.time = time
        self.id = id
    }
}
