/// Which clip a session plays and how picture numbers map to its pictures.
struct ClipCursor: Sendable {
    var clip: Clip
    /// The picture number that shows the clip's first picture.
    var start = 0
    /// Key pictures only so many pictures apart (nil inside: never again); nil: as in the clip.
    var keyInterval: Int??

    init(clip: Clip, start: Int = 0) {
        self.clip = clip
        self.start = start
    }

    /// Index in the clip of a picture number.
    func index(_ picture: Int) -> Int {
        let offset = max(0, picture - start)
        guard let keyInterval else { return offset % clip.pictures.count }
        let inGroup = keyInterval.map { offset % $0 } ?? offset
        // The pictures between the first two key pictures, over and over.
        let plain = max(1, clip.groupLength - 1)
        return inGroup == 0 ? 0 : min(1 + (inGroup - 1) % plain, clip.pictures.count - 1)
    }

    func isKey(_ picture: Int) -> Bool {
        clip.pictures[index(picture)].isKey
    }

    func template(_ picture: Int, aggregate: Bool) -> PacketTemplate {
        (aggregate ? clip.aggregatedPictures : clip.pictures)[index(picture)]
    }

    /// From `picture` on the group's length is another.
    mutating func setKeyInterval(seconds: Int?, pictureRate: Int, from picture: Int) {
        keyInterval = .some(seconds.map { $0 * pictureRate })
        start = picture
    }
}
