/// Pauses and resumes the replicas of an app, one thing after the other: a pause never overtakes the resume before it.
/// One thing is done to all replicas at the same time, so that a line that stalls for one takes no time from another.
@MainActor
final class ReplicasInTurn {
    private let replicas: @Sendable () async -> [Replica]
    private let beforePause: @Sendable () async -> Void
    private let inFront: @MainActor @Sendable () -> Bool
    private var last: Task<Void, Never>?

    /// - Parameters:
    ///   - replicas: asked again at every turn.
    ///   - beforePause: keeps what is being typed; after a pause nothing can be kept.
    ///   - inFront: whether a person has the app before them: then no file is released under their hands.
    init(
        _ replicas: @escaping @Sendable () async -> [Replica],
        beforePause: @escaping @Sendable () async -> Void = {},
        inFront: @escaping @MainActor @Sendable () -> Bool
    ) {
        self.replicas = replicas
        self.beforePause = beforePause
        self.inFront = inFront
    }

    @discardableResult
    func resume() -> Task<Void, Never> {
        inTurn { try? await $0.resume() }
    }

    @discardableResult
    func pause() -> Task<Void, Never> {
        inTurn({ try? await $0.pause() }, after: beforePause)
    }

    /// Takes the files, synchronises, and releases them unless the app is in front. Cancelled, it ends the syncs that are
    /// under way and begins no other; what was done is kept.
    func sync(deadlineMs: UInt64) -> Task<Void, Never> {
        inTurn { [beforePause, inFront] replica in
            // The library hears nothing of a task that is cancelled: it is told.
            await withTaskCancellationHandler {
                if !Task.isCancelled { try? await replica.resume() }
                if !Task.isCancelled { _ = try? await replica.syncOnce(deadlineMs: deadlineMs) }
            } onCancel: {
                replica.cancelSync()
            }
            if await !inFront() {
                await beforePause()
                try? await replica.pause()
            }
        }
    }

    private func inTurn(
        _ work: @escaping @Sendable (Replica) async -> Void, after first: @escaping @Sendable () async -> Void = {}
    ) -> Task<Void, Never> {
        let before = last
        let task = Task { [replicas] in
            await before?.value
            await first()
            let all = await replicas()
            await withTaskGroup(of: Void.self) { group in
                for replica in all {
                    group.addTask { await work(replica) }
                }
            }
        }
        last = task
        return task
    }
}
