import Dongbo
import DongboTesting
import Foundation
import Testing

/// Two invitations of one unit at a running hub, separated by white space; README.md says how to make them.
private let invitations = (ProcessInfo.processInfo.environment["DONGBO_INVITATIONS"] ?? "")
    .split(whereSeparator: \.isWhitespace).map(String.init)

private let activity: Answers = [
    "title": "Ra quân tuyên truyền chuyển đổi số",
    "held_on": .date(year: 2023, month: 3, day: 26),
    "themes": .codes(["ND.1"]),
    "no_secret": true,
    "participants": .list([["group": "residents", "count": 40]]),
]

private func newPhone() throws -> Phone {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    return try Phone(folder: folder.path, keys: StaticKeyManager())
}

/// What the work says instead of giving a replica.
private func failure(of work: () async throws -> Replica) async -> DongboError? {
    do {
        _ = try await work()
        return nil
    } catch {
        return error as? DongboError
    }
}

@Suite struct WithoutAHub {
    @Test("an invitation that is none is told in Vietnamese")
    func wrongInvitation() async throws {
        let phone = try newPhone()
        let error = await failure(of: { try await phone.enrol(invitation: "https://example.vn", name: "Hòa") })
        #expect(error?.code == "invalid_invitation")
        #expect(error?.problem.text(.vietnamese).hasSuffix(".") == true)
    }

    @Test("answers are written as a form wants them")
    func answersAsAFormWants() {
        #expect(activity["held_on"] == .text(text: "2023-03-26"))
        #expect(Answer.decimal(Decimal(string: "12.5")!) == .text(text: "12.5"))
        #expect(Answer.codes(["b", "a"]) == .choices(codes: ["a", "b"]))
        #expect(Answer.add(number: 5).text(.english) == "+5")
    }
}

@Suite(.enabled(if: invitations.count == 2), .serialized) struct WithAHub {
    @Test("two phones write while apart, both values stay until somebody chooses, and a file carries the rest")
    func fieldDay() async throws {
        let (here, there) = (try newPhone(), try newPhone())
        let hoa = try await here.enrol(invitation: invitations[0], name: "Nguyễn Thị Hòa", pin: "2580")
        let minh = try await there.enrol(invitation: invitations[1], name: "Trần Văn Minh")
        for replica in [hoa, minh] {
            _ = try await replica.join(deadlineMs: 60_000)
            #expect(try await replica.joined())
        }

        // Offline: a draft, then one change of it.
        let offered = try await hoa.creatable().first { $0.form == "activity" }
        let unit = try #require(offered?.units.first)
        let keeper = DraftKeeper(hoa, try await hoa.newDraft(form: "activity", unit: unit))
        for (field, answer) in activity {
            await keeper.set(field, answer)
        }
        let saved = try await keeper.save()
        #expect(try await hoa.record(id: saved.record).status == .onThisDevice)
        #expect(try await hoa.drafts().isEmpty)

        _ = try await hoa.syncOnce(deadlineMs: 60_000)
        _ = try await minh.syncOnce(deadlineMs: 60_000)
        #expect(try await hoa.record(id: saved.record).status == .received)

        // Both set the title on the same heads.
        for (replica, title) in [(hoa, "Ra quân ở khu phố 1"), (minh, "Ra quân ở khu phố 2")] {
            let heads = try await replica.record(id: saved.record).heads
            _ = try await replica.edit(record: saved.record, heads: heads, answers: ["title": .text(text: title)])
        }
        for replica in [hoa, minh, hoa] {
            _ = try await replica.syncOnce(deadlineMs: 60_000)
        }
        let shown = try await hoa.record(id: saved.record)
        let conflict = try #require(shown.conflicts.first)
        #expect(conflict.path == "title")
        #expect(conflict.candidates.count == 2)
        _ = try await hoa.resolve(record: saved.record, heads: shown.heads, path: conflict.path, choice: 1)
        #expect(try await hoa.record(id: saved.record).conflicts.isEmpty)

        // What is not sent goes by file; the other phone takes it in and will send it.
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).dongbo").path
        try await hoa.exportBundle(what: .unsent, path: file)
        let report = try await minh.importBundle(path: file)
        #expect(report.imported == 1)
        #expect(report.refused.isEmpty)
        #expect(try await minh.record(id: saved.record).conflicts.isEmpty)

        // Locked, the stream ends; a wrong PIN is counted and told; the right one opens.
        let events = hoa.events
        try await hoa.lock()
        var heard: [Event] = []
        for await event in events {
            heard.append(event)
        }
        #expect(heard.last == .locked)
        let person = hoa.personId()
        let wrong = await failure(of: { try await here.unlock(person: person, pin: "0000") })
        #expect(wrong?.code == "wrong_pin")
        let again = try await here.unlock(person: person, pin: "2580")
        #expect(try await again.summary().unsent >= 1)
        try await again.lock()
        try await minh.lock()
    }
}
