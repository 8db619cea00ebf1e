import Dongbo
import Foundation

/// A draft of a new record, nothing typed yet.
func newDraft() -> Draft {
    Draft(
        id: "7f1d3c1e-0000-4000-8000-000000000001", form: "activity", unit: "26506-20250701", record: nil, heads: [],
        answers: [:], touchedMs: 0)
}

/// A replica without a store. It writes down what it is asked, in order, and fails or stalls where a test says so.
final class FakeReplica: Replica, @unchecked Sendable {
    /// What is asked of it, as it is asked.
    let asking: AsyncStream<String>
    private let told: AsyncStream<String>.Continuation
    private let lock = NSLock()
    private var all: [String] = []
    private var titles: [Answer] = []
    private var refusals: [String: [DongboError]] = [:]
    private var stalled: CheckedContinuation<Void, Never>?
    private var cancelled = false
    private let stalls: Bool

    /// - Parameter stalls: whether a sync goes on until it is cancelled.
    init(stalls: Bool = false) {
        self.stalls = stalls
        (asking, told) = AsyncStream.makeStream(of: String.self)
        super.init(noHandle: NoHandle())
    }

    required init(unsafeFromHandle handle: UInt64) {
        fatalError("made without a handle only")
    }

    /// Everything it was asked so far.
    var asked: [String] { lock.withLock { all } }

    /// The titles of the drafts it kept.
    var kept: [Answer] { lock.withLock { titles } }

    /// The next call of this name says that the disk is full.
    func refuse(_ call: String) {
        let full = Problem(
            code: "disk_full", textVi: "Hết chỗ.", textEn: "No room.", kept: .nothingOfThisStep, detail: "", waitMs: nil)
        lock.withLock { refusals[call, default: []].append(.Storage(problem: full)) }
    }

    /// Waits until it is asked this.
    func isAsked(_ call: String) async {
        for await one in asking where one == call { return }
    }

    override func pause() async throws { try note("pause") }
    override func resume() async throws { try note("resume") }
    override func dropDraft(id: String) async throws { try note("dropDraft") }

    override func keepDraft(draft: Draft) async throws {
        try note("keepDraft")
        lock.withLock { titles.append(draft.answers["title"] ?? .nothing) }
    }

    override func saveDraft(id: String) async throws -> Saved {
        try note("saveDraft")
        return Saved(record: "record", change: "change")
    }

    override func syncOnce(deadlineMs: UInt64) async throws -> SyncReport {
        try note("syncOnce")
        if stalls {
            // As the library: that the task is cancelled changes nothing.
            await withCheckedContinuation { waiting in
                let over = lock.withLock {
                    if !cancelled { stalled = waiting }
                    return cancelled
                }
                if over { waiting.resume() }
            }
        }
        return SyncReport(
            requests: 0, admitted: 0, held: 0, undecided: 0, received: 0, quarantined: 0, dropped: 0, statements: 0, more: false)
    }

    override func cancelSync() {
        try? note("cancelSync")
        let waiting = lock.withLock {
            cancelled = true
            defer { stalled = nil }
            return stalled
        }
        waiting?.resume()
    }

    private func note(_ call: String) throws {
        let refusal: DongboError? = lock.withLock {
            all.append(call)
            guard refusals[call]?.isEmpty == false else { return nil }
            return refusals[call]?.removeFirst()
        }
        told.yield(call)
        if let refusal { throw refusal }
    }
}
