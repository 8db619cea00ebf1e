package vn.dongbo

import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import vn.dongbo.support.COMMUNES
import vn.dongbo.support.TestHub
import vn.dongbo.support.begun
import vn.dongbo.support.list
import vn.dongbo.support.newActivity
import vn.dongbo.support.refused
import vn.dongbo.support.scenario
import vn.dongbo.support.sync

/** Listeners, and calls that come when the store is not open. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventsTest {
    private val hub = TestHub()

    @AfterAll fun close() = hub.close()

    private class Hearing(val then: (Event) -> Unit = {}) : EventListener {
        val heard = LinkedBlockingQueue<Event>()

        override fun onEvent(event: Event) {
            heard += event
            then(event)
        }

        fun next(): Event = checkNotNull(heard.poll(60, TimeUnit.SECONDS)) { "nothing was heard" }

        /** The next save; what else is told before it is passed over. */
        fun nextSave(): List<String> = generateSequence(::next).filterIsInstance<Event.Saved>().first().records
    }

    @Test
    fun `a listener that throws stops nobody`() = scenario {
        val hoa = hub.joined("Nguyễn Thị Hòa")
        val throwing = Hearing { throw IllegalStateException("ứng dụng có lỗi") }
        val hostly = Hearing { throw HostException.Unavailable("bận") }
        val quiet = Hearing()
        val subscriptions = listOf(throwing, hostly, quiet).map(hoa::subscribe)
        val first = hoa.newActivity("Ra quân một")
        val second = hoa.newActivity("Ra quân hai")
        for (listener in listOf(throwing, hostly, quiet)) {
            assertEquals(listOf(listOf(first), listOf(second)), List(2) { listener.nextSave() })
        }
        subscriptions[0].cancel()
        val third = hoa.newActivity("Ra quân ba")
        assertEquals(listOf(third), quiet.nextSave())
        assertEquals(listOf<Event>(), throwing.heard.filterIsInstance<Event.Saved>())
        subscriptions.forEach(Subscription::close)
    }

    @Test
    fun `a listener may call the replica`() = scenario {
        val binh = hub.joined("Trần Văn Bình", COMMUNES[0])
        val read = CompletableDeferred<UInt>()
        val scope = this
        val listener = Hearing { scope.launch { read.complete(binh.summary().records) } }
        binh.subscribe(listener).use {
            binh.newActivity("Ra quân")
            assertEquals(1u, read.await())
        }
    }

    @Test
    fun `a listener may wait for the replica in its callback, subscribe and cancel`() = scenario {
        val thu = hub.joined("Trịnh Thị Thu", COMMUNES[2])
        val read = LinkedBlockingQueue<UInt>()
        lateinit var mine: Subscription
        val listener = Hearing { event ->
            if (event is Event.Saved) {
                read += runBlocking { thu.summary().records }
                thu.subscribe(Hearing()).close()
                mine.cancel()
            }
        }
        mine = thu.subscribe(listener)
        thu.newActivity("Ra quân")
        assertEquals(1u, read.poll(60, TimeUnit.SECONDS))
        thu.newActivity("Sau khi thôi nghe")
        thu.lock()
        assertEquals(1, listener.heard.filterIsInstance<Event.Saved>().size)
        mine.close()
    }

    @Test
    fun `a sync tells its beginning, what arrived, and its end`() = scenario {
        val (lan, duc) = hub.joined("Phạm Thị Lan") to hub.joined("Võ Minh Đức")
        lan.newActivity("Từ máy của Lan")
        lan.sync()
        val events = async(start = CoroutineStart.UNDISPATCHED) { duc.events().toList() }
        val report = duc.sync()
        duc.pause()
        duc.resume()
        duc.lock()
        val heard = events.await()
        assertEquals(Event.SyncStarted, heard.first())
        assertTrue(Event.Arrived in heard, "$heard")
        assertTrue(Event.SyncEnded(report, null) in heard, "$heard")
        assertEquals(listOf(Event.Paused(true), Event.Paused(false), Event.Locked), heard.takeLast(3), "and ends with the lock")
    }

    @Test
    fun `a collector that is too slow is told that it missed something`() = scenario {
        val nam = hub.joined("Hoàng Văn Nam")
        val (begun, go) = CompletableDeferred<Unit>() to CompletableDeferred<Unit>()
        val heard = mutableListOf<Event>()
        val delivered = CountDownLatch(21)
        nam.subscribe(Hearing { delivered.countDown() }).use {
            val collector = launch(start = CoroutineStart.UNDISPATCHED) {
                nam.events(waitingMax = 5).onEach { begun.complete(Unit); go.await() }.collect { heard += it }
            }
            nam.newActivity("Hoạt động đầu")
            begun.await()
            repeat(19) { nam.newActivity("Hoạt động $it") }
            nam.lock()
            check(delivered.await(60, TimeUnit.SECONDS))
            go.complete(Unit)
            collector.join()
        }
        assertEquals(Event.Missed, heard[1])
        assertEquals(Event.Locked, heard.last())
        assertTrue(heard.size <= 1 + 1 + 5 + 1, "$heard")
    }

    @Test
    fun `after a lock every call says closed, after closing the handle nothing crashes`() = scenario {
        val mai = hub.joined("Đặng Thị Mai")
        mai.lock()
        mai.lock()
        refused("closed") { mai.list() }
        refused("closed") { mai.newActivity("Sau khi khóa") }
        refused("closed") { mai.sync() }
        refused("closed") { mai.pause() }
        refused("closed") { mai.resume() }
        refused("closed") { mai.drafts() }
        mai.close()
        assertThrows(IllegalStateException::class.java) { runBlocking { mai.list() } }
        mai.close()
    }

    @Test
    fun `events end when the handle is closed without a lock, and at once after one`() = scenario {
        val nga = hub.joined("Đinh Thị Nga")
        val heard = async(start = CoroutineStart.UNDISPATCHED) { nga.events().toList() }
        nga.close()
        assertEquals(Event.Locked, heard.await().last())
        val tuan = hub.joined("Lý Anh Tuấn")
        tuan.lock()
        assertEquals(listOf<Event>(Event.Locked), tuan.events().toList())
        assertEquals(listOf<Event>(Event.Locked), tuan.events().toList())
    }

    @Test
    fun `a call that waits while the store is locked comes to a whole end`() = scenario {
        val anh = hub.joined("Lê Thị Ánh")
        val id = anh.personId()
        val saves = List(20) { begun { runCatching { anh.newActivity("Việc $it") } } }
        anh.lock()
        val saved = saves.mapNotNull { it.await().getOrNull() }
        anh.close()
        val phone = hub.phone()
        check(phone.people().isEmpty() && id.isNotEmpty())
        assertEquals(20, saved.size, "they were asked for before the lock")
    }

    @Test
    fun `a paused replica says so and goes on where it was`() = scenario {
        val hoa = hub.joined("Lê Thị Hoa")
        val id = hoa.newActivity("Trước khi tạm dừng")
        hoa.pause()
        refused("paused") { hoa.record(id) }
        refused("paused") { hoa.newActivity("Trong khi tạm dừng") }
        refused("paused") { hoa.sync() }
        hoa.pause()
        hoa.resume()
        assertEquals("Trước khi tạm dừng", hoa.record(id).title)
        hoa.resume()
        assertEquals(1u, hoa.sync().admitted)
    }

    @Test
    fun `while paused the store opens elsewhere, and is taken back afterwards`() = scenario {
        val (folder, keys) = hub.newFolder() to StaticKeyManager.inMemory()
        val van = hub.joined("Ngô Thị Vân", COMMUNES[3], phone = hub.phone(folder, keys))
        val id = van.newActivity("Trước khi tạm dừng")
        val elsewhere = hub.phone(folder, keys)
        refused("store_already_open") { elsewhere.unlock(van.personId()) }
        van.pause()
        elsewhere.withPerson(van.personId()) { other ->
            other.edit(id, listOf(), answers { "place" to "Ấp Bắc" })
            refused("store_already_open") { van.resume() }
        }
        van.resume()
        assertEquals("Ấp Bắc", (van.record(id).answers["place"] as Answer.Text).text)
    }

    @Test
    fun `a pause during a sync ends soon, and the sync goes on or is done again`() = scenario {
        val sen = hub.joined("Cao Thị Sen")
        sen.newActivity("Đang gửi thì tạm dừng")
        val stalled = hub.link.stall()
        val syncing = begun { runCatching { sen.sync() } }
        stalled.await()
        sen.pause()
        refused("paused") { sen.list() }
        hub.link.through()
        hub.link.down()
        hub.link.through()
        sen.resume()
        syncing.await()
        sen.sync()
        assertEquals(0u, sen.summary().unsent)
    }
}
