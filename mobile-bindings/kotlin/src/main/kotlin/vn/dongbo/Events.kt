// Events as a flow.

package vn.dongbo

import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow

/** Events that wait for a collector at most, unless it says otherwise. */
private const val WAITING_MAX = 64

/**
 * What happens on the replica, for as long as it is collected. It ends after [Event.Locked] or [Event.Wiped], also where
 * the handle is closed without a lock; collected after either, it says so and ends.
 *
 * A collector that is slower than events come finds [Event.Missed] in place of the oldest of them, and should read
 * again what it shows. The core is never held up by a collector.
 *
 * The subscription is made before the collector first suspends: one that is launched with `CoroutineStart.UNDISPATCHED`
 * misses nothing that happens after the launch.
 */
fun Replica.events(waitingMax: Int = WAITING_MAX): Flow<Event> = flow {
    val mailbox = Mailbox(waitingMax)
    subscribe(mailbox).use { subscription ->
        try {
            while (true) {
                mailbox.arrived.receive()
                while (true) {
                    val event = mailbox.take() ?: break
                    emit(event)
                    if (event is Event.Locked || event is Event.Wiped) return@flow
                }
            }
        } finally {
            subscription.cancel()
        }
    }
}

/** A bounded queue between the core's thread and a collector. */
private class Mailbox(private val waitingMax: Int) : EventListener {
    val arrived = Channel<Unit>(Channel.CONFLATED)
    private val waiting = ArrayDeque<Event>()
    private var missed = false

    override fun onEvent(event: Event) {
        synchronized(waiting) {
            if (waiting.size >= waitingMax) {
                waiting.removeFirst()
                missed = true
            }
            waiting.addLast(event)
        }
        arrived.trySend(Unit)
    }

    fun take(): Event? =
        synchronized(waiting) {
            if (missed) {
                missed = false
                Event.Missed
            } else {
                waiting.removeFirstOrNull()
            }
        }
}
