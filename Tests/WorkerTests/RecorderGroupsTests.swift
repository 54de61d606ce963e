import Domain
import Testing

@testable import Worker

@Suite struct RecorderGroupsTests {
    private func keys(_ count: Int) -> [StreamKey] {
        (0..<count).map { _ in StreamKey(camera: CameraID(), stream: .main) }
    }

    @Test func `streams fill a group before the next begins`() {
        var groups = RecorderGroups(size: 3)
        let homes = keys(7).map { groups.add($0) }
        #expect(homes == [0, 0, 0, 1, 1, 1, 2])
    }

    @Test func `an emptied group is gone and its id is not used again`() {
        var groups = RecorderGroups(size: 1)
        let all = keys(3)
        _ = all.map { groups.add($0) }
        let removed = groups.remove(all[0])
        #expect(removed?.group == 0 && removed?.isEmpty == true)
        #expect(groups.group(of: all[0]) == nil)
        #expect(groups.add(keys(1)[0]) == 3)
    }

    @Test func `a quarantined stream shares no process, whoever comes later`() {
        var groups = RecorderGroups(size: 8)
        let all = keys(4)
        _ = all.map { groups.add($0) }
        let alone = groups.quarantine(all[1])
        #expect(groups.groups[alone] == [all[1]])
        #expect(groups.quarantine(all[1]) == alone)
        let late = groups.add(keys(1)[0])
        #expect(late != alone)
        #expect(groups.group(of: all[0]) == late)
    }

    @Test func `a released stream stays where it is, and others may join it`() {
        var groups = RecorderGroups(size: 2)
        let all = keys(3)
        _ = all.map { groups.add($0) }
        let alone = groups.quarantine(all[0])
        #expect(groups.add(keys(1)[0]) != alone)
        groups.release(all[0])
        #expect(groups.group(of: all[0]) == alone)
        // Fills the group of the third stream before it.
        #expect(groups.add(keys(1)[0]) != alone)
        #expect(groups.add(keys(1)[0]) == alone)
    }
}
