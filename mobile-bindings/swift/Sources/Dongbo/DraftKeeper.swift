/// Keeps what is being typed, so that a kill loses at most the last moments of it.
///
/// ```swift
/// let keeper = DraftKeeper(replica, try await replica.newDraft(form: "activity", unit: unit))
/// await keeper.set("title", "Ra quân")   // on every key
/// try await keeper.flush()               // when the scene goes to the background
/// try await keeper.save()                // the button
/// ```
///
/// A draft is kept once the typing hand rests for `quiet`, and at the latest `atLatest` after the first key that is not
/// kept yet. What could not be kept is tried again with the next key; ``problem`` says why meanwhile.
public actor DraftKeeper {
    private let replica: Replica
    private let quiet: Duration
    private let atLatest: Duration
    private var typed = 0
    private var kept = 0
    private var waitingSince: ContinuousClock.Instant?
    private var waiting: Task<Void, Never>?
    private var keeping: Task<Void, any Error>?
    private var saving: Task<Saved, any Error>?
    private var ended = false

    /// The draft with everything typed so far, kept or not.
    public private(set) var draft: Draft
    /// Why the last try to keep it failed; none: it did not.
    public private(set) var problem: Problem?

    public init(
        _ replica: Replica, _ opened: Draft, quiet: Duration = .milliseconds(400), atLatest: Duration = .seconds(2)
    ) {
        self.replica = replica
        self.draft = opened
        self.quiet = quiet
        self.atLatest = atLatest
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
            if !Task.isCancelled {
                await tryToKeep()
            }
        }
    }

    /// Keeps what is typed so far. Once it returns, that survives a kill. Throws what `keepDraft` says; everything typed
    /// is still in ``draft``.
    public func flush() async throws {
        try await keep(always: false)
    }

    /// Saves the draft as one change and ends the keeper. A second tap gets what the first one saved. Throws what `saveDraft`
    /// says; the draft stays.
    @discardableResult
    public func save() async throws -> Saved {
        // A task of its own: that its caller gives up must not make the next tap save the same again.
        let task = saving ?? Task { try await saveOnce() }
        saving = task
        do {
            return try await task.value
        } catch {
            saving = nil
            throw error
        }
    }

    private func saveOnce() async throws -> Saved {
        // A draft that was opened and not touched may not be kept yet.
        try await keep(always: true)
        ended = true
        do {
            let saved = try await replica.saveDraft(id: draft.id)
            waiting?.cancel()
            return saved
        } catch {
            ended = false
            throw error
        }
    }

    /// Throws the draft away, because its author said so, and ends the keeper.
    public func discard() async throws {
        ended = true
        waiting?.cancel()
        _ = await keeping?.result
        try await replica.dropDraft(id: draft.id)
    }

    private func tryToKeep() async {
        do {
            try await keep(always: false)
        } catch let error as DongboError {
            problem = error.problem
        } catch {}
    }

    /// One at a time: an older version must not arrive after a newer one.
    private func keep(always: Bool) async throws {
        let before = keeping
        let task = Task {
            _ = await before?.result
            try await keepNow(always: always)
        }
        keeping = task
        try await task.value
    }

    private func keepNow(always: Bool) async throws {
        guard !ended, always || typed > kept else { return }
        let version = typed
        waitingSince = nil
        try await replica.keepDraft(draft: draft)
        kept = version
        problem = nil
    }
}
