/// The size that is shown, after the crop or conformance window.
struct PictureSize: Hashable {
    /// Largest width or height accepted. The highest level of H.265 reaches 8,192 x 4,320 and of
    /// H.264 16,384 wide; ISO-BMFF sample entries hold 16 bits.
    static let sideLimit = 16_384

    let width: Int
    let height: Int

    /// Nil for what no camera sends and no decoder shows: nothing left after cropping, or a side
    /// over the limit.
    init?(coded width: UInt64, by height: UInt64, cropping horizontal: UInt64, _ vertical: UInt64) {
        guard horizontal < width, vertical < height else { return nil }
        let (shownWidth, shownHeight) = (width - horizontal, height - vertical)
        let limit = UInt64(Self.sideLimit)
        guard shownWidth <= limit, shownHeight <= limit else { return nil }
        self.width = Int(shownWidth)
        self.height = Int(shownHeight)
    }
}
