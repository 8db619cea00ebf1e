#if os(iOS)
import BackgroundTasks
import SwiftUI
import UIKit

/// Brings an app's scene phases and iOS's background tasks together with `pause`, `resume` and `syncOnce`.
///
/// iOS ends an app that is suspended while it holds a file lock (0xdead10cc), and an open store holds one. So the files are
/// released before the app is suspended and taken again when it comes back.
///
/// ```swift
/// @main struct FieldApp: App {
///     @Environment(\.scenePhase) private var phase
///     private let background = BackgroundSync(identifier: "vn.example.sync") { await Session.shared.replica }
///
///     init() { background.register() }        // before the launch ends
///     var body: some Scene {
///         WindowGroup { Start() }.onChange(of: phase) { _, now in background.sceneIs(now) }
///     }
/// }
/// ```
///
/// `Info.plist`: the identifier in `BGTaskSchedulerPermittedIdentifiers`, `fetch` in `UIBackgroundModes`.
@MainActor
public final class BackgroundSync {
    /// iOS gives an app refresh about half a minute. A task of Swift's that is cancelled does not end a sync, its deadline
    /// does.
    private static let deadlineMs: UInt64 = 20_000

    private let identifier: String
    private let replica: @Sendable () async -> Replica?
    private var last: Task<Void, Never>?

    /// Asked of iOS each time: an app that a background task started never hears of a scene.
    private var inFront: Bool { UIApplication.shared.applicationState != .background }

    /// - Parameter replica: the one that is open, or one that opens without a PIN; none: nobody can be synchronised now.
    public init(identifier: String, replica: @escaping @Sendable () async -> Replica?) {
        self.identifier = identifier
        self.replica = replica
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
            inTurn { try? await $0.resume() }
        case .background:
            schedule()
            let time = UIApplication.shared.beginBackgroundTask(withName: "vn.dongbo.pause")
            let pausing = inTurn { try? await $0.pause() }
            Task {
                await pausing.value
                UIApplication.shared.endBackgroundTask(time)
            }
        default: break
        }
    }

    private func run(_ task: BGTask) {
        schedule()
        // iOS wants its time back: releasing the files ends the sync. What was done is kept.
        task.expirationHandler = { @Sendable [replica] in
            Task { try? await replica()?.pause() }
        }
        let working = inTurn { replica in
            try? await replica.resume()
            _ = try? await replica.syncOnce(deadlineMs: Self.deadlineMs)
            let inFront = await self.inFront
            if !inFront {
                try? await replica.pause()
            }
        }
        // It stays on the main actor.
        nonisolated(unsafe) let finished = task
        Task { @MainActor in
            await working.value
            finished.setTaskCompleted(success: true)
        }
    }

    /// One after the other: a pause never overtakes the resume before it.
    @discardableResult
    private func inTurn(_ work: @escaping @Sendable (Replica) async -> Void) -> Task<Void, Never> {
        let before = last
        let task = Task { [replica] in
            await before?.value
            if let replica = await replica() {
                await work(replica)
            }
        }
        last = task
        return task
    }
}
#endif
