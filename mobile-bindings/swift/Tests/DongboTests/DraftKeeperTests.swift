import Dongbo
import Testing

private func newDraft() -> Draft {
    Draft(
        id: "7f1d3c1e-0000-4000-8000-000000000001", form: "activity", unit: "26506-20250701", record: nil, heads: [],
        answers: [:], touchedMs: 0)
}

@Suite(.timeLimit(.minutes(1))) struct Drafts {
    let replica = FakeReplica()

    @Test("what was typed just before the form was left is kept")
    func left() async {
        await DraftKeeper(replica, newDraft(), quiet: .milliseconds(20)).set("title", "Ra quân")
        await replica.isAsked("keepDraft")
        #expect(replica.asked == ["keepDraft"])
    }
}
