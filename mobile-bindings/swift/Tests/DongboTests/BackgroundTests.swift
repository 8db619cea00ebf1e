@testable import Dongbo
import Testing

@Suite(.timeLimit(.minutes(1))) struct InTheBackground {
    @Test("a background task wakes every replica, synchronises it and releases its files")
    func everyReplica() async {
        let replicas = [FakeReplica(), FakeReplica()]
        let turns = await ReplicasInTurn({ replicas }, inFront: { false })
        await turns.sync(deadlineMs: 1).value
        for replica in replicas {
            #expect(replica.asked == ["resume", "syncOnce", "pause"])
        }
    }

    @Test("no file is released under the hands of a person")
    func inFront() async {
        let replica = FakeReplica()
        let turns = await ReplicasInTurn({ [replica] }, inFront: { true })
        await turns.sync(deadlineMs: 1).value
        #expect(replica.asked == ["resume", "syncOnce"])
    }

    @Test("a pause never overtakes the resume before it")
    func oneAfterTheOther() async {
        let replica = FakeReplica()
        let turns = await ReplicasInTurn({ [replica] }, inFront: { false })
        await turns.resume()
        await turns.pause().value
        #expect(replica.asked == ["resume", "pause"])
    }
    @Test("what is being typed is kept before the files are released")
    func keptBefore() async {
        let replica = FakeReplica()
        let keeper = DraftKeeper(replica, newDraft(), quiet: .seconds(3_600), atLatest: .seconds(3_600))
        await keeper.set("title", "Ra quân")
        let turns = await ReplicasInTurn({ [replica] }, beforePause: { try? await keeper.flush() }, inFront: { false })
        await turns.pause().value
        #expect(replica.asked == ["keepDraft", "pause"])
        // The person left while a background task was at work.
        await keeper.set("title", "Ra quân ở khu phố 1")
        await turns.sync(deadlineMs: 1).value
        #expect(replica.asked.suffix(4) == ["resume", "syncOnce", "keepDraft", "pause"])
    }

    @Test("time that is over ends a sync whose line has stalled, and the files are released")
    func timeIsOver() async {
        let replica = FakeReplica(stalls: true)
        let turns = await ReplicasInTurn({ [replica] }, inFront: { false })
        let working = await turns.sync(deadlineMs: 20_000)
        await replica.isAsked("syncOnce")
        working.cancel()
        await working.value
        #expect(replica.asked == ["resume", "syncOnce", "cancelSync", "pause"])
    }

    @Test("time that is over before its turn begins no sync")
    func timeIsOverBefore() async {
        let replica = FakeReplica()
        let turns = await ReplicasInTurn({ [replica] }, inFront: { false })
        let working = await MainActor.run {
            let working = turns.sync(deadlineMs: 20_000)
            working.cancel()
            return working
        }
        await working.value
        #expect(replica.asked == ["cancelSync", "pause"])
    }
}
