package vn.dongbo

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeSource

/** Codes after which this replica keeps nothing any more. */
private val ENDED = setOf("closed", "wiped")

/**
 * Keeps what is being typed, so that a kill loses at most the last moments of it.
 *
 * ```
 * val keeper = DraftKeeper(replica, replica.newDraft("activity", unit), viewModelScope)
 * keeper.set("title", Answer.Text("Ra quân"))  // on every key, from any thread
 * keeper.flush()                               // when the app goes to the background
 * keeper.save()                                // the button
 * ```
 *
 * A draft is kept once the typing hand rests for [quiet], and at the latest [atLatest] after the first key that is not
 * kept yet. What could not be kept is tried again after [retry] and with every key; [problem] says why meanwhile. When
 * the scope is cancelled, what is not kept yet is kept before the keeper ends. It ends by itself once the replica is
 * closed: flush before you lock.
 *
 * @param opened the draft as [Replica.newDraft], [Replica.editDraft] or [Replica.drafts] gave it
 */
class DraftKeeper(
    private val replica: Replica,
    opened: Draft,
    scope: CoroutineScope,
    private val quiet: Duration = 400.milliseconds,
    private val atLatest: Duration = 2.seconds,
    private val retry: Duration = 5.seconds,
) {
    private enum class Outcome { KEPT, LATER, NEVER }

    private data class Version(val draft: Draft, val number: Long)

    private val typed = MutableStateFlow(Version(opened, 0))
    private val problems = MutableStateFlow<Problem?>(null)
    private val touched = Channel<Unit>(Channel.CONFLATED)
    private val keeping = Mutex()
    private var kept = 0L
    private var saved: Saved? = null
    private val job: Job = scope.launch { keepUp() }

    /** The draft with everything typed so far, kept or not. */
    val draft: Draft get() = typed.value.draft

    /** Why the last try to keep it failed; none: it did not. */
    val problem: StateFlow<Problem?> = problems.asStateFlow()

    /** Notes an answer. Returns at once; from any thread. */
    fun set(field: String, answer: Answer) = set(mapOf(field to answer))

    /** Notes answers. Returns at once; from any thread. */
    fun set(answers: Map<String, Answer>) {
        typed.update { Version(it.draft.copy(answers = it.draft.answers + answers), it.number + 1) }
        touched.trySend(Unit)
    }

    /**
     * Keeps what is typed so far. Once it returns, that survives a kill.
     *
     * @throws DongboException what [Replica.keepDraft] says; everything typed is still in [draft]
     */
    suspend fun flush() = keeping.withLock { keep() }

    /**
     * Saves the draft as one change and ends the keeper. A second tap gets what the first one saved.
     *
     * @throws DongboException what [Replica.saveDraft] says; the draft stays, and the keeper goes on
     */
    suspend fun save(): Saved = keeping.withLock { saved ?: saveOnce() }

    private suspend fun saveOnce(): Saved {
        // A draft that was opened and not touched may not be kept yet.
        keep(always = true)
        // To its end: a caller that gives up must not make the next tap save the same again.
        return withContext(NonCancellable) {
            replica.saveDraft(draft.id).also {
                saved = it
                end()
            }
        }
    }

    /** Throws the draft away, because its author said so, and ends the keeper. */
    suspend fun discard() = keeping.withLock {
        replica.dropDraft(draft.id)
        end()
    }

    private fun end() {
        kept = Long.MAX_VALUE
        job.cancel()
    }

    private suspend fun keepUp() {
        try {
            while (true) {
                touched.receive()
                rest()
                when (tryToKeep()) {
                    Outcome.KEPT -> continue
                    Outcome.LATER -> retryLater()
                    Outcome.NEVER -> return
                }
            }
        } finally {
            withContext(NonCancellable) { tryToKeep() }
        }
    }

    /** Returns once nothing is typed for [quiet], or when [atLatest] is over. */
    private suspend fun rest() {
        val since = TimeSource.Monotonic.markNow()
        while (since.elapsedNow() < atLatest) {
            val wait = minOf(quiet, atLatest - since.elapsedNow())
            if (!typedWithin(wait)) return
        }
    }

    private suspend fun retryLater() {
        typedWithin(retry)
        touched.trySend(Unit)
    }

    private suspend fun typedWithin(wait: Duration): Boolean = withTimeoutOrNull(wait) { touched.receive() } != null

    private suspend fun tryToKeep(): Outcome =
        try {
            flush()
            Outcome.KEPT
        } catch (error: DongboException) {
            problems.value = error.problem
            if (error.code in ENDED) Outcome.NEVER else Outcome.LATER
        } catch (cancelled: CancellationException) {
            throw cancelled
        } catch (_: IllegalStateException) {
            // The handle was closed.
            Outcome.NEVER
        }

    /** With [keeping] held. */
    private suspend fun keep(always: Boolean = false) {
        val version = typed.value
        if (version.number <= kept && !always) return
        replica.keepDraft(version.draft)
        kept = version.number
        problems.value = null
    }
}
