// Events as a stream.

extension Replica {
    /// What happens on the replica. Ends after `.locked` or `.wiped`, when the replica is let go of, or when nobody listens
    /// any more. Each use is a subscription of its own.
    public var events: AsyncStream<Event> { events(waitingMax: 64) }

    /// The same with so many events waiting at most. A reader that is slower finds `.missed` in place of the oldest, and
    /// should read again what it shows. The core is never held up by a reader.
    public func events(waitingMax: Int) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(waitingMax))
        let subscription = subscribe(listener: Mailbox(continuation))
        continuation.onTermination = { _ in subscription.cancel() }
        return stream
    }
}

/// Puts events into a stream, on the core's thread.
private final class Mailbox: EventListener {
    private let continuation: AsyncStream<Event>.Continuation

    init(_ continuation: AsyncStream<Event>.Continuation) {
        self.continuation = continuation
    }

    func onEvent(event: Event) {
        if case .dropped = continuation.yield(event) {
            continuation.yield(.missed)
        }
        if event == .locked || event == .wiped {
            continuation.finish()
        }
    }

    /// The replica was let go of: nothing comes any more.
    deinit {
        continuation.finish()
    }
}
