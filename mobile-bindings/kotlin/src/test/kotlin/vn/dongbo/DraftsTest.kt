package vn.dongbo

import kotlin.time.Duration.Companion.hours
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.first
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import vn.dongbo.support.COMMUNE
import vn.dongbo.support.Saving
import vn.dongbo.support.TestHub
import vn.dongbo.support.Typing
import vn.dongbo.support.activity
import vn.dongbo.support.list
import vn.dongbo.support.listen
import vn.dongbo.support.newActivity
import vn.dongbo.support.refused
import vn.dongbo.support.scenario
import vn.dongbo.support.startChild
import vn.dongbo.support.sync
import vn.dongbo.support.text
import vn.dongbo.support.textOf
import vn.dongbo.support.word

/** What is being typed, and what becomes of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DraftsTest {
    private val hub = TestHub()

    @AfterAll fun close() = hub.close()

    /** Waits for the next event of the kind. */
    private suspend inline fun <reified E : Event> Channel<Event>.await(): E {
        while (true) (receive() as? E)?.let { return it }
    }

    @Test
    fun `what was kept while typing survives a kill`() = scenario {
        val (folder, keys) = hub.newFolder() to hub.newFile("keys")
        val before = hub.joined("Nguyễn Thị Hòa", pin = "2468", phone = hub.phone(folder, StaticKeyManager.inFile(keys)))
        val person = before.personId()
        before.lock()
        val child = startChild(Typing::class, "$folder", "$keys", person, "2468")
        val kept = child.inputStream.bufferedReader().useLines { said -> said.map(String::toInt).elementAt(4) }
        child.destroyForcibly().waitFor()
        assertTrue(kept > 0)
        hub.phone(folder, StaticKeyManager.inFile(keys)).withPerson(person, "2468") { replica ->
            val draft = replica.drafts().single()
            assertEquals(text("Đang gõ thì máy tắt"), draft.answers["title"])
            val typed = (draft.answers["content"] as Answer.Text).text
            assertTrue(typed.length >= kept, "${typed.length} of $kept characters that were kept")
            assertTrue(generateSequence(0) { it + 1 }.map(::word).runningReduce(String::plus).first { it.length >= typed.length } == typed)
            // She goes on where she was.
            val keeper = DraftKeeper(replica, draft, this)
            keeper.set(activity("Đang gõ thì máy tắt") { "content" to typed + "xong." })
            val saved = keeper.save()
            // The button was hit twice.
            assertEquals(saved, keeper.save())
            assertEquals(1, replica.list().count { it.title == "Đang gõ thì máy tắt" })
            assertEquals(typed + "xong.", replica.textOf(saved.record, "content"))
            assertEquals(listOf<Draft>(), replica.drafts())
        }
    }

    @Test
    fun `what was said to be saved survives a kill in the midst of saving`() = scenario {
        val (folder, keys) = hub.newFolder() to hub.newFile("keys")
        val before = hub.joined("Trần Văn Bình", pin = "1357", phone = hub.phone(folder, StaticKeyManager.inFile(keys)))
        val person = before.personId()
        before.lock()
        val child = startChild(Saving::class, "$folder", "$keys", person, "1357")
        val said = child.inputStream.bufferedReader().useLines { lines -> lines.take(30).toList() }
        child.destroyForcibly().waitFor()
        hub.phone(folder, StaticKeyManager.inFile(keys)).withPerson(person, "1357") { replica ->
            val records = replica.list()
            assertEquals(said, records.map { it.id }.take(said.size))
            assertEquals(records.indices.map { "Hoạt động thứ $it" }, records.map { it.title })
            assertEquals(records.size.toUInt(), replica.sync().admitted)
        }
    }

    @Test
    fun `a keeper keeps at rest, on demand, and when its scope ends`() = scenario {
        val lan = hub.joined("Phạm Thị Lan")
        val events = listen(lan)
        val resting = DraftKeeper(lan, lan.newDraft("activity", COMMUNE), this)
        resting.set("title", text("Tự giữ khi tay nghỉ"))
        events.await<Event.Drafts>()
        assertEquals(listOf(text("Tự giữ khi tay nghỉ")), lan.drafts().map { it.answers["title"] })
        resting.discard()
        assertEquals(listOf<Draft>(), lan.drafts())

        // By itself, these would keep in an hour.
        val screen = CoroutineScope(Dispatchers.Default + Job())
        val slow = DraftKeeper(lan, lan.newDraft("activity", COMMUNE), screen, quiet = 1.hours, atLatest = 1.hours)
        slow.set("title", text("Ra quân"))
        slow.set("place", text("Ấp Bắc"))
        assertEquals(text("Ra quân"), slow.draft.answers["title"])
        slow.flush()
        assertEquals(text("Ấp Bắc"), lan.drafts().single().answers["place"])
        slow.set("place", text("Ấp Đông"))
        screen.coroutineContext[Job]!!.cancelAndJoin()
        assertEquals(text("Ấp Đông"), lan.drafts().single().answers["place"])
        lan.lock()
    }

    @Test
    fun `a draft that cannot be kept now is kept later, and says so meanwhile`() = scenario {
        val duc = hub.joined("Võ Minh Đức")
        val events = listen(duc)
        val keeper = DraftKeeper(duc, duc.newDraft("activity", COMMUNE), this)
        duc.pause()
        keeper.set("title", text("Đang ở nền"))
        assertEquals("paused", keeper.problem.filterNotNull().first().code)
        refused("paused") { keeper.flush() }
        duc.resume()
        keeper.set("place", text("Ấp Tây"))
        events.await<Event.Drafts>()
        val kept = duc.drafts().single().answers
        assertEquals(text("Đang ở nền") to text("Ấp Tây"), kept["title"] to kept["place"])
        keeper.discard()
        duc.lock()
    }

    @Test
    fun `a draft holds up to eight mebibytes, and what is larger leaves what was kept`() = scenario {
        val nam = hub.joined("Hoàng Văn Nam")
        val draft = nam.newDraft("activity", COMMUNE)
        val line = "Bà con hỏi nhiều về cách nộp hồ sơ trực tuyến.\n"
        val large = line.repeat((8 shl 20) / (line.toByteArray().size + 1) - 100)
        assertTrue(large.toByteArray().size > 7 shl 20)
        nam.keepDraft(draft.copy(answers = answers { "content" to large }))
        refused("draft_too_large", Kept.NOTHING_OF_THIS_STEP) { nam.keepDraft(draft.copy(answers = answers { "content" to large + large })) }
        assertEquals(text(large), nam.drafts().single().answers["content"])
        nam.lock()
        refused("closed") { nam.drafts() }
    }

    @Test
    fun `a draft of an edit keeps the heads of the form, and is dropped with the save`() = scenario {
        val hoa = hub.joined("Lê Thị Hoa")
        val id = hoa.newActivity("Ra quân đợt ba")
        val opened = hoa.editDraft(id)
        assertEquals(id to hoa.record(id).heads, opened.record to opened.heads)
        hoa.keepDraft(opened.copy(answers = answers { "place" to "Ấp Bắc" }))
        assertEquals(opened.heads, hoa.drafts().single().heads)
        refused("unknown_record") { hoa.saveDraft("018c3e9a-0000-4000-8000-000000000000") }
        hoa.edit(id, opened.heads, answers { "place" to "Ấp Đông" }, opened.id)
        assertEquals("Ấp Đông" to listOf<Draft>(), hoa.textOf(id, "place") to hoa.drafts())
    }
}
