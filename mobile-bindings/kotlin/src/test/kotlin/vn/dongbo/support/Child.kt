package vn.dongbo.support

import java.io.File
import java.nio.file.Path
import kotlin.reflect.KClass
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import vn.dongbo.Answer
import vn.dongbo.DraftKeeper
import vn.dongbo.Event
import vn.dongbo.Phone
import vn.dongbo.StaticKeyManager
import vn.dongbo.answers
import vn.dongbo.events

/** The text of the word with this number. */
fun word(number: Int) = "chữ-$number "

/** Starts a program of these tests in a JVM of its own. */
fun startChild(program: KClass<*>, vararg arguments: String): Process {
    val java = Path.of(System.getProperty("java.home"), "bin", "java")
    return ProcessBuilder(
        "$java", "-Xmx128m", "-Djna.library.path=${System.getProperty("jna.library.path")}",
        "-cp", System.getProperty("java.class.path"), program.qualifiedName!!, *arguments,
    ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
}

/**
 * Somebody types without a pause until the process is killed, and says each time how much of it is kept: the number of
 * characters. Arguments: folder, key file, person, PIN.
 */
object Typing {
    @JvmStatic
    fun main(arguments: Array<String>) = runBlocking {
        val (folder, keys, person, pin) = arguments
        val replica = Phone(folder, StaticKeyManager.inFile(File(keys).toPath())).unlock(person, pin)
        launch(start = CoroutineStart.UNDISPATCHED) {
            replica.events().collect { event ->
                if (event is Event.Drafts) println((replica.drafts().single().answers["content"] as Answer.Text).text.length)
            }
        }
        val draft = replica.newDraft("activity", COMMUNE)
        val keeper = DraftKeeper(replica, draft, this, quiet = 200.milliseconds, atLatest = 300.milliseconds)
        keeper.set(answers { "title" to "Đang gõ thì máy tắt" })
        var text = ""
        for (number in 0..Int.MAX_VALUE) {
            text += word(number)
            keeper.set("content", Answer.Text(text))
            // A quick hand: it never rests long enough for the keeper to take a breath.
            delay(20.milliseconds)
        }
    }
}

/** Saves records until the process is killed, and says the id of each once it is saved. Arguments: as of [Typing]. */
object Saving {
    @JvmStatic
    fun main(arguments: Array<String>) = runBlocking {
        val (folder, keys, person, pin) = arguments
        val replica = Phone(folder, StaticKeyManager.inFile(File(keys).toPath())).unlock(person, pin)
        for (number in 0..Int.MAX_VALUE) println(replica.newActivity("Hoạt động thứ $number"))
    }
}
