package vn.dongbo

import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.yield
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import vn.dongbo.support.COMMUNES
import vn.dongbo.support.DEADLINE_MS
import vn.dongbo.support.TestHub
import vn.dongbo.support.begun
import vn.dongbo.support.list
import vn.dongbo.support.newActivity
import vn.dongbo.support.refused
import vn.dongbo.support.scenario
import vn.dongbo.support.sync

/** Bad networks and dying hubs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SyncingTest {
    private val hub = TestHub()

    @AfterAll fun close() = hub.close()

    @AfterEach
    fun mend() {
        hub.link.down()
        hub.link.through()
    }

    /** That each of the ids is at the hub once and that the phone knows. */
    private suspend fun assertAllThere(replica: Replica, ids: List<String>) {
        assertEquals(0u, replica.summary().unsent)
        for (id in ids) {
            assertEquals(RecordStatus.RECEIVED, replica.record(id).status)
            assertTrue(id in hub.process.command("history", id))
        }
    }

    @Test
    fun `a hub that is down costs nothing, and its return brings all`() = scenario {
        val hoa = hub.joined("Nguyễn Thị Hòa")
        val first = hoa.newActivity("Khi trung tâm còn chạy")
        hub.link.down()
        refused("unreachable") { hoa.syncOnce(3_000UL) }
        val second = hoa.newActivity("Khi trung tâm nghỉ")
        assertEquals(2u, hoa.summary().unsent)
        hub.link.through()
        hoa.sync()
        assertAllThere(hoa, listOf(first, second))
    }

    @Test
    fun `a hub killed before its answer and started again has everything once`() = scenario {
        val binh = hub.joined("Trần Văn Bình", COMMUNES[0])
        val ids = List(60) { binh.newActivity("Hoạt động $it") }
        hub.link.inPlaceOfAnAnswer { hub.process.kill() }
        refused("unreachable") { binh.syncOnce(3_000UL) }
        ids.take(3).forEach { assertEquals("Hoạt động ${ids.indexOf(it)}", binh.record(it).title) }
        hub.process.start()
        binh.sync()
        assertAllThere(binh, ids.take(5))
        assertEquals(60, binh.list().size)
        val colleague = hub.joined("Lê Thị Hoa", COMMUNES[0])
        assertEquals(60, colleague.list().size)
        assertTrue("\"problems\":[]" in hub.process.command("verify"))
    }

    @Test
    fun `two syncs at once are one`() = scenario {
        val lan = hub.joined("Phạm Thị Lan")
        lan.newActivity("Bấm đồng bộ hai lần")
        val stalled = hub.link.stall()
        val first = begun { lan.sync() }
        stalled.await()
        val second = begun { lan.sync() }
        yield()
        // What was held back is lost with its connection; the sync tries again by itself.
        hub.link.down()
        hub.link.through()
        assertEquals(first.await(), second.await())
        assertEquals(1u, first.await().admitted)
    }

    @Test
    fun `a deadline is kept whatever the network does`() = scenario {
        val duc = hub.joined("Võ Minh Đức")
        val id = duc.newActivity("Mạng treo")
        hub.link.stall()
        val report = duc.syncOnce(500UL)
        assertTrue(report.more, "$report")
        assertEquals(RecordStatus.ON_THIS_DEVICE, duc.record(id).status)
        hub.link.down()
        hub.link.through()
        duc.sync()
        assertAllThere(duc, listOf(id))
    }

    @Test
    fun `a sync that is cancelled tears nothing, and another one brings it to its end`() = scenario {
        val nam = hub.joined("Hoàng Văn Nam")
        val ids = List(5) { nam.newActivity("Việc $it") }
        val stalled = hub.link.stall()
        val syncing = begun { nam.sync() }
        stalled.await()
        syncing.cancelAndJoin()
        assertEquals(5u, nam.summary().unsent)
        hub.link.down()
        hub.link.through()
        nam.sync()
        assertAllThere(nam, ids)
    }

    @Test
    fun `a save whose caller gives up is done whole`() = scenario {
        val mai = hub.joined("Đặng Thị Mai", COMMUNES[1])
        for (number in 0 until 50) {
            val saving = begun { mai.newActivity("Bỏ đi giữa chừng $number") }
            saving.cancelAndJoin()
        }
        // Whatever was asked before is done before this.
        val shown = mai.list()
        assertEquals(shown.size.toUInt(), mai.summary().unsent)
        for (record in shown) {
            assertEquals(listOf<Issue>(), record.issues)
            assertEquals(1, mai.history(record.id).size)
        }
        val sent = mai.sync()
        assertEquals(shown.size.toUInt(), sent.admitted)
    }

    @Test
    fun `saves go on while a sync waits for the hub, and go with the next`() = scenario {
        val anh = hub.joined("Lê Thị Ánh")
        anh.newActivity("Trước khi đồng bộ")
        val stalled = hub.link.stall()
        val syncing = begun { runCatching { anh.sync() } }
        stalled.await()
        val id = anh.newActivity("Trong khi đồng bộ")
        assertEquals("Trong khi đồng bộ", anh.record(id).title)
        hub.link.down()
        hub.link.through()
        syncing.await()
        anh.sync()
        assertAllThere(anh, listOf(id))
    }

    @Test
    fun `a lost answer to joining locks nobody out`() = scenario {
        val link = hub.invite("Cao Thị Sen")
        val sen = hub.phone().enrol(link, "Sen")
        hub.link.inPlaceOfAnAnswer { }
        runCatching { sen.join(2_000UL) }
        sen.join(DEADLINE_MS)
        assertTrue(sen.joined())
        assertEquals("Cao Thị Sen", sen.memberName())
    }
}
