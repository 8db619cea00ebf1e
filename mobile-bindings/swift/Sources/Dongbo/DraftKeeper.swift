/// Keeps what is being typed, so that a kill loses at most the last moments of it.
///
/// ```swift
/// let keeper = DraftKeeper(replica, try await replica.newDraft(form: "activity", unit: unit))
/// await keeper.set("title", "Ra quân")   // on every key
/// try await keeper.flush()               // when the scene goes to the background, before the replica is paused
/// try await keeper.save()                // the button
/// ```
///
/// A draft is kept once the typing hand rests for `quiet`, and at the latest `atLatest` after the first key that is not
/// kept yet. What could not be kept is tried again after `retry` and with the next key; ``problem`` says why meanwhile. It
/// ends by itself once the replica is closed: flush before you lock.
public actor DraftKeeper {
    private let replica: Replica
    private let quiet: Duration
    private let atLatest: Duration
    private let retry: Duration
    private var typed = 0
    private var kept = 0
    private var waitingSince: ContinuousClock.Instant?
    private var waiting: Task<Void, Never>?
    private var last: Task<Void, Never>?
    private var saved: Saved?
    private var ended = false

    /// The draft with everything typed so far, kept or not.
    public private(set) var draft: Draft
    /// Why the last try to keep it failed; none: it did not.
    public private(set) var problem: Problem?

    public init(
        _ replica: Replica, _ opened: Draft, quiet: Duration = .milliseconds(400), atLatest: Duration = .seconds(2),
        retry: Duration = .seconds(5)
    ) {
        self.replica = replica
        self.draft = opened
        self.quiet = quiet
        self.atLatest = atLatest
        self.retry = retry
    }

    /// Notes an answer.
    public func set(_ field: String, _ answer: Answer) {
        draft.answers[field] = answer
        typed += 1
        let since = waitingSince ?? .now
        waitingSince = since
        let wait = min(quiet, max(.zero, atLatest - since.duration(to: .now)))
        waiting?.cancel()
        // Holds the keeper until then: a form that is left, and lets go of it, loses nothing.
        waiting = Task {
            try? await Task.sleep(for: wait)
            while !Task.isCancelled, await !tryToKeep() {
                try? await Task.sleep(for: retry)
            }
        }
    }

    /// Keeps what is typed so far. Once it returns, that survives a kill. Throws what `keepDraft` says; everything typed
    /// is still in ``draft``.
    public func flush() async throws {
        try await inTurn { try await self.keep(always: false) }
    }

    /// Saves the draft as one change and ends the keeper. A second tap gets what the first one saved. Throws what `saveDraft`
    /// says; the draft stays, and the keeper goes on.
    @discardableResult
    public func save() async throws -> Saved {
        try await inTurn { try await self.saveOnce() }
    }

    /// Throws the draft away, because its author said so, and ends the keeper. Throws what `dropDraft` says; the draft stays,
    /// and the keeper goes on.
    public func discard() async throws {
        try await inTurn { try await self.drop() }
    }

    private func saveOnce() async throws -> Saved {
        if let saved { return saved }
        // A draft that was opened and not touched may not be kept yet.
        try await keep(always: true)
        let made = try await replica.saveDraft(id: draft.id)
        saved = made
        end()
        return made
    }

    private func drop() async throws {
        try await replica.dropDraft(id: draft.id)
        end()
    }

    private func end() {
        ended = true
        waiting?.cancel()
    }

    /// Whether that is settled: kept, or refused in a way that another try does not change.
    private func tryToKeep() async -> Bool {
        do {
            try await flush()
            return true
        } catch let error as DongboError {
            problem = error.problem
            switch error {
            case .Input, .NotAllowed, .Ended: return true
            default: return error.code == "closed"
            }
        } catch {
            return true
        }
    }

    private func keep(always: Bool) async throws {
        guard !ended, always || typed > kept else { return }
        let version = typed
        waitingSince = nil
        try await replica.keepDraft(draft: draft)
        kept = version
        problem = nil
    }

    /// One at a time: an older version must not arrive after a newer one. Each is a task of its own: that its caller gives up
    /// must not make the next tap save the same again.
    private func inTurn<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let before = last
        let task: Task<Value, any Error> = Task {
            await before?.value
            return try await work()
        }
        last = Task { _ = await task.result }
        return try await task.value
    }
}
