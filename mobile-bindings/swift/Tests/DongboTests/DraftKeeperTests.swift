import Dongbo
import Testing

private let onlyTitle: [Answer] = ["Ra quân"]

@Suite(.timeLimit(.minutes(1))) struct Drafts {
    let replica = FakeReplica()

    @Test("what was typed just before the form was left is kept")
    func left() async {
        await DraftKeeper(replica, newDraft(), quiet: .milliseconds(20)).set("title", "Ra quân")
        await replica.isAsked("keepDraft")
        #expect(replica.asked == ["keepDraft"])
    }
    @Test("what could not be kept is tried again, also where no key follows and the form was left")
    func triedAgain() async throws {
        replica.refuse("keepDraft")
        await DraftKeeper(replica, newDraft(), quiet: .zero, retry: .zero).set("title", "Ra quân")
        await replica.isAsked("keepDraft")
        await replica.isAsked("keepDraft")
        #expect(replica.asked == ["keepDraft", "keepDraft"])
    }

    @Test("what is typed after a draft could not be thrown away is kept")
    func notThrownAway() async throws {
        let keeper = DraftKeeper(replica, newDraft(), quiet: .zero)
        replica.refuse("dropDraft")
        await #expect(throws: DongboError.self) { try await keeper.discard() }
        await keeper.set("title", "Ra quân")
        try await keeper.flush()
        #expect(replica.kept == onlyTitle)
    }

    @Test("nothing is kept after the draft was thrown away")
    func thrownAway() async throws {
        let keeper = DraftKeeper(replica, newDraft(), quiet: .zero)
        try await keeper.discard()
        await keeper.set("title", "Ra quân")
        try await keeper.flush()
        #expect(replica.asked == ["dropDraft"])
    }

    @Test("a second tap gets what the first one saved, also after one that failed")
    func secondTap() async throws {
        let keeper = DraftKeeper(replica, newDraft())
        replica.refuse("saveDraft")
        await #expect(throws: DongboError.self) { try await keeper.save() }
        let saved = try await keeper.save()
        #expect(try await keeper.save() == saved)
        #expect(replica.asked == ["keepDraft", "saveDraft", "keepDraft", "saveDraft"])
    }
}
