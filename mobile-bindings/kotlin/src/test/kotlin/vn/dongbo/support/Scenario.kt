package vn.dongbo.support

import java.util.concurrent.ConcurrentHashMap
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assertions.fail
import vn.dongbo.Answer
import vn.dongbo.AnswersBuilder
import vn.dongbo.DongboException
import vn.dongbo.Event
import vn.dongbo.Kept
import vn.dongbo.Only
import vn.dongbo.Order
import vn.dongbo.Problem
import vn.dongbo.Query
import vn.dongbo.Record
import vn.dongbo.Replica
import vn.dongbo.answers
import vn.dongbo.events
import vn.dongbo.problem

/** Seconds after which a test is taken for stuck; none depends on how fast it is. */
private const val STUCK_S = 120

/** Runs a test on real threads and real time. */
fun scenario(test: suspend CoroutineScope.() -> Unit) =
    runBlocking(Dispatchers.Default) { withTimeout(STUCK_S.seconds, test) }

/** Expects the error with this code, and that it says what happened in both languages. */
suspend fun refused(code: String, kept: Kept? = null, call: suspend () -> Any?): Problem = refused(setOf(code), kept, call)

/** Expects an error with one of these codes. */
suspend fun refused(codes: Set<String>, kept: Kept? = null, call: suspend () -> Any?): Problem {
    val problem = try {
        fail<Nothing>("not refused: ${call()}")
    } catch (error: DongboException) {
        error.problem
    }
    assertTrue(problem.code in codes, "expected $codes: $problem")
    check(problem.textVi.isNotBlank() && problem.textEn.isNotBlank()) { "no words: $problem" }
    kept?.let { assertEquals(it, problem.kept, problem.toString()) }
    return problem
}

fun text(text: String) = Answer.Text(text)

/** An activity as an officer types it, with nothing wrong about it. */
fun activity(title: String, more: AnswersBuilder.() -> Unit = {}) = answers {
    "title" to title
    "kind" to "propaganda"
    "held_on" to "2023-03-26"
    "themes" to setOf("ND.1")
    "organiser" to "UBND xã Hoà Long"
    "place" to "Nhà văn hóa ấp Tây"
    "participants" to items { item { "group" to "residents"; "count" to 40 } }
    "content" to "Đoàn viên hướng dẫn từng hộ quét mã QR tại quầy."
    "no_secret" to true
    more()
}

/** Saves an activity of the person's own commune. */
suspend fun Replica.newActivity(title: String, unit: String = homes[personId()] ?: COMMUNE): String =
    create("activity", unit, activity(title)).record

/** Where the people of these tests work, by their ids. */
val homes = ConcurrentHashMap<String, String>()

/** The text of a field. */
suspend fun Replica.textOf(record: String, field: String): String? = (record(record).answers[field] as? Answer.Text)?.text

suspend fun Replica.sync() = syncOnce(DEADLINE_MS)

suspend fun Replica.list(
    form: String? = null,
    unit: String? = null,
    search: String? = null,
    only: Only = Only.ALL,
    order: Order = Order.OLDEST,
): List<Record> = query(Query(form, unit, search, only, order, 0u, 1_000u)).records

/** Events as they come, from this moment on. */
fun CoroutineScope.listen(replica: Replica, to: Channel<Event> = Channel(Channel.UNLIMITED)): Channel<Event> {
    launch(start = CoroutineStart.UNDISPATCHED) {
        replica.events(1_000).collect { to.send(it) }
        to.close()
    }
    return to
}

/** Starts now, up to the first wait: what a call asks of the core is asked when this returns. */
fun <T> CoroutineScope.begun(call: suspend () -> T) = async(start = CoroutineStart.UNDISPATCHED) { call() }
