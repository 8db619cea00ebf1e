#if os(iOS)
import BackgroundTasks
import SwiftUI
import UIKit

/// Brings an app's scene phases and iOS's background tasks together with `pause`, `resume` and `syncOnce`, for
/// every replica of the app.
///
/// iOS ends an app that is suspended while it holds a file lock (0xdead10cc), and an open store holds one. So the files are
/// released before the app is suspended and taken again when it comes back.
///
/// ```swift
/// @main struct FieldApp: App {
///     @Environment(\.scenePhase) private var phase
///     private let background = BackgroundSync(identifier: "vn.example.sync") {
///         await Session.shared.open
///     } beforePause: {
///         await Session.shared.flush()        // of every form that is open: `try await keeper.flush()`
///     }
///
///     init() { background.register() }        // before the launch ends
///     var body: some Scene {
///         WindowGroup { Start() }.onChange(of: phase) { now in background.sceneIs(now) }
///     }
/// }
/// ```
///
/// `Info.plist`: the identifier in `BGTaskSchedulerPermittedIdentifiers`, `fetch` in `UIBackgroundModes`.
@MainActor
public final class BackgroundSync {
    /// iOS gives an app refresh about half a minute.
    private static let deadlineMs: UInt64 = 20_000

    private let identifier: String
    private let turns: ReplicasInTurn

    /// - Parameters:
    ///   - replicas: those that are open, and those that open without a PIN; none: nobody can be synchronised now.
    ///   - beforePause: keeps what is being typed when the app goes to the background. Flush the drafts here and not beside
    ///     it: after the pause nothing can be kept, and an app that is suspended may be ended.
    public init(
        identifier: String,
        replicas: @escaping @Sendable () async -> [Replica],
        beforePause: @escaping @Sendable () async -> Void
    ) {
        self.identifier = identifier
        // Asked of iOS each time: an app that a background task started never hears of a scene.
        turns = ReplicasInTurn(replicas, beforePause: beforePause) {
            UIApplication.shared.applicationState != .background
        }
    }

    /// Once, before the app has finished launching.
    public func register() {
        BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: .main) { [weak self] task in
            // It comes on the main queue and is used nowhere else.
            nonisolated(unsafe) let task = task
            MainActor.assumeIsolated { self?.run(task) }
        }
    }

    /// Asks iOS for a turn, in an hour at the earliest. When it comes, if at all, is for iOS to say.
    public func schedule() {
        let request = BGAppRefreshTaskRequest(identifier: identifier)
        request.earliestBeginDate = Date(timeIntervalSinceNow: 3_600)
        try? BGTaskScheduler.shared.submit(request)
    }

    /// Tell it every change of the scene phase.
    public func sceneIs(_ phase: ScenePhase) {
        switch phase {
        case .active:
            turns.resume()
        case .background:
            schedule()
            let time = UIApplication.shared.beginBackgroundTask(withName: "vn.dongbo.pause")
            let pausing = turns.pause()
            Task {
                await pausing.value
                UIApplication.shared.endBackgroundTask(time)
            }
        default: break
        }
    }

    private func run(_ task: BGTask) {
        schedule()
        let working = turns.sync(deadlineMs: Self.deadlineMs)
        // iOS wants its time back, also where the line has stalled: the sync ends at once, then the files are released.
        task.expirationHandler = { @Sendable in working.cancel() }
        // It stays on the main actor.
        nonisolated(unsafe) let finished = task
        Task { @MainActor in
            await working.value
            finished.setTaskCompleted(success: !working.isCancelled)
        }
    }
}
#endif
