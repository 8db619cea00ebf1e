package vn.dongbo

import java.math.BigDecimal
import java.util.concurrent.atomic.AtomicLong
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import vn.dongbo.sample.HubProcess
import vn.dongbo.support.COMMUNE
import vn.dongbo.support.COMMUNES
import vn.dongbo.support.TestHub
import vn.dongbo.support.WARD
import vn.dongbo.support.activity
import vn.dongbo.support.list
import vn.dongbo.support.newActivity
import vn.dongbo.support.refused
import vn.dongbo.support.scenario
import vn.dongbo.support.sync
import vn.dongbo.support.text
import vn.dongbo.support.textOf

/** What one person does without a network. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RecordsTest {
    private val hub = TestHub()

    @AfterAll fun close() = hub.close()

    private suspend fun offline(name: String, unit: String = COMMUNE, clock: Clock? = null): Replica =
        hub.joined(name, unit, phone = hub.phone(clock = clock)).also { it.setNetwork(Network.OFFLINE) }

    @Test
    fun `a record is made, read, edited, and its history has names`() = scenario {
        val hoa = offline("Nguyễn Thị Hòa")
        refused("offline") { hoa.syncOnce(1_000UL) }
        val id = hoa.newActivity("Ra quân tuyên truyền chuyển đổi số")
        val record = hoa.record(id)
        assertEquals("Ra quân tuyên truyền chuyển đổi số", record.title)
        assertEquals(activity(record.title!!) - "participants", record.answers - "participants")
        val participants = record.answers["participants"] as Answer.Items
        assertEquals(mapOf("group" to text("residents"), "count" to Answer.Integer(40)), participants.items.single().answers)
        assertEquals(listOf<Issue>(), record.issues)
        assertEquals(Standing.Counted, record.standing)
        assertEquals(RecordStatus.ON_THIS_DEVICE, record.status)
        assertEquals("Chỉ trên máy này", record.status.label())
        assertEquals("Nguyễn Thị Hòa", record.createdBy)

        hoa.edit(id, record.heads, answers { "cost" to BigDecimal("1500000.5"); "themes" to setOf("ND.1", "ND.3"); clear("place") })
        val edited = hoa.record(id)
        assertEquals(text("1500000.5"), edited.answers["cost"])
        assertEquals(setOf("ND.1", "ND.3"), (edited.answers["themes"] as Answer.Choices).codes.toSet())
        assertNull(edited.answers["place"])
        refused("nothing_changed") { hoa.edit(id, edited.heads, answers { "title" to edited.title!! }) }

        val history = hoa.history(id)
        assertEquals(listOf("Nguyễn Thị Hòa", "Nguyễn Thị Hòa"), history.map { it.person })
        assertEquals(listOf(history[0].change), history[1].buildsOn)
        assertEquals(setOf("cost", "themes", "place"), history[1].fields.map { it.substringBefore('/') }.toSet())
    }

    @Test
    fun `of a list all is written, what is left out is gone and what is cleared is cleared`() = scenario {
        val tam = offline("Lê Văn Tâm")
        val id = tam.newActivity("Hội thi tìm hiểu chuyển đổi số")
        val residents = (tam.record(id).answers["participants"] as Answer.Items).items.single().id!!
        tam.edit(id, tam.record(id).heads, answers {
            "participants" to items { item(residents) { "group" to "residents" }; item { "group" to "members"; "count" to 12 } }
        })
        val both = (tam.record(id).answers["participants"] as Answer.Items).items
        assertEquals(setOf(mapOf("group" to text("residents")), mapOf("group" to text("members"), "count" to Answer.Integer(12))), both.map { it.answers }.toSet())
        val members = both.single { it.id != residents }.id!!
        tam.edit(id, tam.record(id).heads, answers { "participants" to items { item(members) { "group" to "members"; "count" to 12 } } })
        assertEquals(listOf(members), (tam.record(id).answers["participants"] as Answer.Items).items.map { it.id })
    }

    @Test
    fun `a wrong answer is refused or shown as an issue, never lost`() = scenario {
        val binh = offline("Trần Văn Bình", COMMUNES[4])
        refused("invalid_value", Kept.DRAFT) { binh.create("activity", COMMUNES[4], answers { "held_on" to "hôm qua" }) }
        refused("unknown_form") { binh.create("chua_co", COMMUNE, answers { "title" to "Tọa đàm" }) }
        refused("forbidden") { binh.newActivity("Ở xã khác", WARD) }
        refused("unknown_record") { binh.record("018c3e9a-0000-7000-8000-000000000000") }
        refused("invalid_id", Kept.EVERYTHING) { binh.record("không phải mã") }
        refused("unknown_form", Kept.EVERYTHING) { binh.check("chua_co", mapOf()) }
        // These were to be kept, and are nowhere but on the screen.
        val typed = answers { "title" to "Tọa đàm" }
        refused("invalid_id", Kept.NOTHING_OF_THIS_STEP) { binh.create("không phải mã", COMMUNE, typed) }
        refused("invalid_id", Kept.NOTHING_OF_THIS_STEP) { binh.edit("không phải mã", listOf(), typed) }
        refused("invalid_id", Kept.NOTHING_OF_THIS_STEP) { binh.saveDraft("không phải mã") }
        refused("invalid_id", Kept.NOTHING_OF_THIS_STEP) { binh.keepDraft(binh.newDraft("activity", COMMUNES[4]).copy(id = "không phải mã")) }
        val incomplete = binh.create("activity", COMMUNES[4], answers { "title" to "Tọa đàm an toàn thông tin" }).record
        val issues = binh.record(incomplete).issues
        assertTrue(issues.any { it.field == "content" && it.code == "required" }, "$issues")
        assertTrue(issues.all { it.text().isNotBlank() && it.text(Language.ENGLISH).isNotBlank() })
        assertEquals(listOf(incomplete), binh.list(only = Only.ISSUES).map { it.id })
    }

    @Test
    fun `a check says what is asked and what is wrong before anything is saved`() = scenario {
        val lan = offline("Phạm Thị Lan", COMMUNES[2])
        val plain = lan.check("activity", activity("Ngày hội công nghệ số"))
        assertEquals(listOf<Issue>(), plain.allIssues())
        assertEquals(false to true, plain["kind_other"]?.relevant to plain["title"]?.required)
        val other = lan.check("activity", activity("Ngày hội công nghệ số") { "kind" to "other" })
        assertEquals(true to true, other["kind_other"]?.run { relevant to required })
        assertEquals(listOf("kind_other"), other.allIssues().map { it.field })
        assertEquals(0u, lan.summary().records)
    }

    @Test
    fun `a record is withdrawn, brought back and moved`() = scenario {
        val hoa = offline("Lê Thị Hoa")
        val id = hoa.newActivity("Phát động thanh toán không dùng tiền mặt")
        hoa.withdraw(id, "nhập trùng")
        assertEquals("nhập trùng" to Standing.Withdrawn, hoa.record(id).run { withdrawn to standing })
        hoa.withdraw(id, null)
        assertEquals(null to Standing.Counted, hoa.record(id).run { withdrawn to standing })
        refused("forbidden") { hoa.moveTo(id, WARD, "nhầm đơn vị") }
        // She works in both communes from now on.
        val member = memberCalled("Lê Thị Hoa")
        hub.process.command("members", "grant", member, WARD, "commune_officer")
        hoa.setNetwork(Network.USUAL)
        hoa.sync()
        val copy = hoa.moveTo(id, WARD, "nhầm đơn vị").record
        assertEquals(Triple(copy, "nhầm đơn vị", COMMUNE), hoa.record(id).run { Triple(movedTo, withdrawn, unit) })
        assertEquals(id to WARD, hoa.record(copy).run { movedFrom to unit })
        assertEquals("Phát động thanh toán không dùng tiền mặt", hoa.record(copy).title)
    }

    @Test
    fun `lists are searched without marks and sorted as a Vietnamese dictionary does`() = scenario {
        // A change's time is in whole seconds: what is edited last is edited a minute later.
        val now = AtomicLong(System.currentTimeMillis())
        val duc = offline("Võ Minh Đức", COMMUNES[0], object : Clock { override fun nowMs() = now.incrementAndGet() })
        val titles = listOf(
            "Đối thoại với nông dân", "Ăn sáng cùng doanh nghiệp", "Dạy kỹ năng số", "Âm nhạc đường phố", "An toàn thông tin",
        )
        for (title in titles) duc.newActivity(title)
        assertEquals(titles, duc.list(order = Order.OLDEST).map { it.title })
        assertEquals(titles.reversed(), duc.list(order = Order.NEWEST).map { it.title })
        val sorted = listOf(
            "An toàn thông tin", "Ăn sáng cùng doanh nghiệp", "Âm nhạc đường phố", "Dạy kỹ năng số", "Đối thoại với nông dân",
        )
        assertEquals(sorted, duc.list(order = Order.TITLE).map { it.title })
        val searches = mapOf("doi thoai" to titles[0], "Đối thoại" to titles[0], "AM NHAC" to titles[3], "so day" to titles[2])
        for ((words, found) in searches) {
            assertEquals(listOf(found), duc.list(search = words).map { it.title }, words)
        }
        assertEquals(5, duc.list(search = "ma qr").size, "the content is searched too")
        assertEquals(0, duc.list(search = "không có ở đâu").size)
        assertEquals(0, duc.list(form = "training").size)
        val page = duc.query(Query(null, null, null, Only.UNSENT, Order.TITLE, 1u, 2u))
        assertEquals(5u to sorted.subList(1, 3), page.total to page.records.map { it.title })
        now.addAndGet(60_000)
        duc.edit(duc.list(search = "day ky nang").single().id, listOf(), answers { "place" to "Ấp Bắc" })
        assertEquals("Dạy kỹ năng số", duc.list(order = Order.LAST_EDITED).first().title)
    }

    @Test
    fun `figures and deadlines are there without a network`() = scenario {
        val nam = offline("Hoàng Văn Nam", COMMUNES[1])
        nam.newActivity("Ra quân đợt một")
        nam.newActivity("Ra quân đợt hai")
        val cells = nam.rollup("activity_participants").filter { it.dimension.isEmpty() }
        assertEquals(listOf(Triple(COMMUNES[1], "2023-03", "80")), cells.map { Triple(it.unit, it.month, it.value) })
        assertTrue(nam.measures().any { it.id == "activities" && it.label.text().isNotBlank() })
        val deadlines = nam.deadlines()
        assertTrue(deadlines.isNotEmpty() && deadlines.all { it.label.vi.isNotBlank() }, "$deadlines")
        assertNotNull(nam.indicators(2023).firstOrNull())
        refused("invalid_value", Kept.EVERYTHING) { nam.indicators(-30_000) }
    }

    @Test
    fun `a hundred coroutines edit one record and every edit is kept`() = scenario {
        val anh = offline("Lê Thị Ánh", COMMUNES[3])
        val id = anh.create("outreach", COMMUNES[3], answers {
            "organisation" to "youth_union"
            "held_on" to "2023-03-26"
            "place" to "Ấp Đông"
            "method" to "class"
            "topic" to "online_services"
            "reached" add 1
            "no_secret" to true
        }).record
        val heads = anh.record(id).heads
        (1..100).map { async { anh.edit(id, heads, answers { "reached" add 1 }) } }.awaitAll()
        assertEquals(Answer.Integer(101), anh.record(id).answers["reached"])
        assertEquals(101, anh.history(id).size)
        assertEquals(101u, anh.summary().unsent)
    }

    @Test
    fun `a paste of five megabytes is too long for a paragraph, and is kept as a draft`() = scenario {
        val mai = offline("Đặng Thị Mai")
        val paste = "Tổ công nghệ số cộng đồng trực từ 7 giờ. ".repeat(5 * (1 shl 20) / 50)
        check(paste.toByteArray().size > 5 shl 20)
        val draft = mai.newDraft("activity", COMMUNE)
        mai.keepDraft(draft.copy(answers = activity("Dán cả báo cáo") { "content" to paste }))
        refused("invalid_value", Kept.DRAFT) { mai.saveDraft(draft.id) }
        assertEquals(text(paste), mai.drafts().single().answers["content"])
        // Shorter, it is saved.
        mai.keepDraft(mai.drafts().single().run { copy(answers = answers + answers { "content" to paste.take(20_000) }) })
        val saved = mai.saveDraft(draft.id)
        assertEquals(paste.take(20_000), mai.textOf(saved.record, "content"))
        assertEquals(listOf<Draft>(), mai.drafts())
    }

    private fun memberCalled(name: String): String =
        Regex("""\{[^{}]*"name":"$name"[^{}]*""").find(hub.process.command("members").replace(Regex("""\[[^\[\]]*]"""), "[]"))!!
            .value.let { HubProcess.value(it, "member") }
}
