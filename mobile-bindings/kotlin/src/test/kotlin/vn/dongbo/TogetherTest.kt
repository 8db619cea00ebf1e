package vn.dongbo

import java.math.BigDecimal
import java.util.concurrent.atomic.AtomicLong
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import vn.dongbo.sample.HubProcess
import vn.dongbo.support.COMMUNE
import vn.dongbo.support.DEADLINE_MS
import vn.dongbo.support.TestHub
import vn.dongbo.support.list
import vn.dongbo.support.newActivity
import vn.dongbo.support.refused
import vn.dongbo.support.scenario
import vn.dongbo.support.sync
import vn.dongbo.support.text
import vn.dongbo.support.textOf

/** Several people on the same records, apart and together again. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TogetherTest {
    private val hub = TestHub()

    @AfterAll fun close() = hub.close()

    @Test
    fun `the same field edited apart leaves both values, and one tap settles it`() = scenario {
        val (hoa, binh) = hub.joined("Nguyễn Thị Hòa") to hub.joined("Trần Văn Bình")
        val id = hoa.newActivity("Ra quân tuyên truyền chuyển đổi số")
        hoa.sync()
        binh.sync()
        hoa.edit(id, hoa.record(id).heads, answers { "place" to "Chợ Hoà Long"; "cost" to BigDecimal("500000") })
        binh.edit(id, binh.record(id).heads, answers { "place" to "Trường THCS Nguyễn Trường Tộ"; "result" to "Rất tốt." })
        hoa.sync()
        binh.sync()
        hoa.sync()
        val conflict = hoa.record(id).conflicts.single()
        assertEquals("place", conflict.path)
        val byPerson = conflict.candidates.associate { it.person to it.value }
        assertEquals(
            mapOf("Nguyễn Thị Hòa" to text("Chợ Hoà Long"), "Trần Văn Bình" to text("Trường THCS Nguyễn Trường Tộ")),
            byPerson,
        )
        assertEquals(conflict.candidates[0].value, hoa.record(id).answers["place"], "the shown one is the first")
        assertEquals(conflict, binh.record(id).conflicts.single(), "both see the same")
        assertEquals(listOf(id), hoa.list(only = Only.CONFLICTS).map { it.id })
        // What only one of them touched is there without a question.
        assertEquals(text("500000") to text("Rất tốt."), hoa.record(id).answers.run { this["cost"] to this["result"] })

        val binhs = conflict.candidates.indexOfFirst { it.person == "Trần Văn Bình" }
        val shown = hoa.record(id).heads
        hoa.resolve(id, shown, "place", binhs.toUInt())
        refused("no_conflict") { hoa.resolve(id, hoa.record(id).heads, "place", 0u) }
        hoa.sync()
        binh.sync()
        for (phone in listOf(hoa, binh)) {
            assertEquals(listOf<Conflict>(), phone.record(id).conflicts)
            assertEquals("Trường THCS Nguyễn Trường Tộ", phone.textOf(id, "place"))
            assertEquals(4, phone.history(id).size)
        }
    }

    @Test
    fun `a form left open during a sync overwrites nothing`() = scenario {
        val (lan, duc) = hub.joined("Phạm Thị Lan") to hub.joined("Võ Minh Đức")
        val id = lan.newActivity("Hội nghị triển khai dịch vụ công trực tuyến")
        lan.sync()
        duc.sync()
        val opened = lan.editDraft(id)
        lan.keepDraft(opened.copy(answers = answers { "result" to "120 hồ sơ nộp trực tuyến." }))
        duc.edit(id, duc.record(id).heads, answers { "content" to "Hướng dẫn cài đặt VNeID mức 2."; "organiser" to "Đoàn xã" })
        duc.sync()
        lan.sync()
        assertEquals("Đoàn xã", lan.textOf(id, "organiser"), "it arrived while her form was open")
        lan.saveDraft(opened.id)
        val merged = lan.record(id)
        assertEquals(listOf<Conflict>(), merged.conflicts)
        assertEquals(
            listOf("Đoàn xã", "Hướng dẫn cài đặt VNeID mức 2.", "120 hồ sơ nộp trực tuyến."),
            listOf("organiser", "content", "result").map { (merged.answers[it] as Answer.Text).text },
        )
        // The same field, on the heads of before: both are kept.
        lan.edit(id, opened.heads, answers { "organiser" to "UBND xã và Đoàn xã" })
        assertEquals(listOf("organiser"), lan.record(id).conflicts.map { it.path })
    }

    @Test
    fun `a record is on this device, then received, then the colleague's too`() = scenario {
        val (nam, anh) = hub.joined("Hoàng Văn Nam") to hub.joined("Lê Thị Ánh")
        val id = nam.newActivity("Tọa đàm an toàn thông tin cho người cao tuổi")
        assertEquals(RecordStatus.ON_THIS_DEVICE, nam.record(id).status)
        assertEquals(1u, nam.summary().unsent)
        assertEquals(1u, nam.sync().admitted)
        assertEquals(RecordStatus.RECEIVED to "Đã nhận", nam.record(id).status.let { it to it.label() })
        assertEquals(0u, nam.summary().unsent)
        anh.sync()
        assertEquals("Hoàng Văn Nam" to RecordStatus.RECEIVED, anh.record(id).run { createdBy to status })
        anh.withdraw(id, "nhập trùng")
        assertEquals(RecordStatus.ON_THIS_DEVICE, anh.record(id).status)
        assertEquals(listOf(id), anh.list(only = Only.UNSENT).map { it.id })
    }

    @Test
    fun `what the hub refuses stays, is shown, and can be read`() = scenario {
        val name = "Đặng Thị Mai"
        val invited = hub.process.command("invite", "--name", name, "--unit", COMMUNE, "--role", "commune_officer")
        val now = AtomicLong(System.currentTimeMillis())
        val mai = hub.phone(clock = object : Clock { override fun nowMs() = now.get() }).enrol(HubProcess.value(invited, "link"), name)
        mai.join(DEADLINE_MS)
        // Her membership ends while she is away: what she signs a day later waits for somebody's decision.
        hub.process.command("members", "end", HubProcess.value(invited, "member"), COMMUNE, "commune_officer")
        now.addAndGet(86_400_000)
        val (id, change) = mai.newActivity("Ngày hội công nghệ số cộng đồng").let { it to mai.history(it).single().change }
        val report = mai.sync()
        assertEquals(Triple(0u, 0u, 1u), report.run { Triple(admitted, held, undecided) }, "$report")
        assertEquals(id to true, mai.attention().single().run { record to sentAgain })
        assertEquals(RecordStatus.NEEDS_ATTENTION, mai.record(id).status)
        hub.process.command("approvals", "turn-down", id, change, "--reason", "Không phải của đơn vị")
        assertEquals(1u, mai.sync().held)
        val attention = mai.attention().single()
        assertEquals(id to false, attention.record to attention.sentAgain)
        assertTrue(attention.text().isNotBlank() && attention.text(Language.ENGLISH).isNotBlank())
        assertEquals("Cần xem lại", RecordStatus.NEEDS_ATTENTION.label())
        assertEquals("Ngày hội công nghệ số cộng đồng", mai.heldRecord(id)?.title)
        assertEquals("turned_down" to "Không phải của đơn vị", attention.code to attention.detail)
        assertEquals(1u, mai.summary().held)
        refused("unsent_work") { mai.wipe() }

        // Written again as a new record, which waits in its turn: the first one needs nobody any more.
        val typed = mai.newDraft("activity", COMMUNE)
        mai.keepDraft(typed.copy(answers = mai.heldRecord(id)!!.answers, again = listOf(attention.change)))
        assertEquals(listOf(attention.change), mai.drafts().single().again)
        val second = mai.saveDraft(typed.id).record
        assertEquals(0u to listOf<Attention>(), mai.summary().held to mai.attention())
        // Turned down as well, and given up.
        mai.sync()
        hub.process.command("approvals", "turn-down", second, mai.history(second).single().change, "--reason", "Vẫn vậy")
        mai.sync()
        mai.giveUp(mai.attention().map { it.change })
        assertEquals(0u to 0, mai.summary().held to mai.attention().size)
    }

    @Test
    fun `work goes from phone to phone in a file, and to the hub by a colleague`() = scenario {
        val (hoa, binh) = hub.joined("Lê Thị Hoa") to hub.joined("Phan Văn Bình")
        val id = hoa.newActivity("Phát động thanh toán không dùng tiền mặt")
        hoa.newActivity("Hướng dẫn nộp hồ sơ trực tuyến")
        val file = hub.newFile("mang-tay.dongbo").toString()
        hoa.exportBundle(Export.Unsent, file)
        val brought = binh.importBundle(file)
        assertEquals(Triple(2u, 0u, listOf<Refused>()), brought.run { Triple(imported, outOfScope, refused) })
        assertEquals("Lê Thị Hoa" to RecordStatus.ON_THIS_DEVICE, binh.record(id).run { createdBy to status })
        assertEquals(0u to 2u, binh.importBundle(file).run { imported to alreadyHere }, "brought twice, taken once")
        binh.edit(id, binh.record(id).heads, answers { "result" to "Có 30 hộ kinh doanh tham gia." })
        assertEquals(3u, binh.sync().admitted, "hers and his")
        assertEquals(0u, binh.summary().unsent)
        hoa.sync()
        assertEquals(RecordStatus.RECEIVED, hoa.record(id).status)
        assertEquals("Có 30 hộ kinh doanh tham gia.", hoa.textOf(id, "result"))
        assertEquals(listOf("Lê Thị Hoa", "Phan Văn Bình"), hoa.history(id).map { it.person })
        // One record alone, and everything.
        hoa.exportBundle(Export.Record(id), file)
        hoa.exportBundle(Export.Everything, file)
        refused("store_failed") { hoa.importBundle("$file.khong-co") }
        assertFalse(hoa.attention().isNotEmpty())
    }

    @Test
    fun `an answer of one phone's clock in 1970 and another's in 2099 merge all the same`() = scenario {
        class Fixed(val ms: Long) : Clock {
            override fun nowMs() = ms
        }
        val early = hub.joined("Cao Thị Sớm", phone = hub.phone(clock = Fixed(0)))
        val late = hub.joined("Vũ Văn Muộn", phone = hub.phone(clock = Fixed(4_070_908_800_000)))
        val id = early.newActivity("Ra quân cùng đồng hồ sai")
        early.sync()
        late.sync()
        late.edit(id, late.record(id).heads, answers { "place" to "Ấp Bắc" })
        late.sync()
        early.sync()
        early.edit(id, early.record(id).heads, answers { "place" to "Ấp Đông" })
        early.sync()
        late.sync()
        for (phone in listOf(early, late)) {
            assertEquals("Ấp Đông", phone.textOf(id, "place"), "what built on the other, not what has the later time")
            assertEquals(listOf<Conflict>(), phone.record(id).conflicts)
            assertEquals(listOf(0L, 4_070_908_800_000, 0L), phone.history(id).map { it.timeMs })
        }
    }
}
