package vn.dongbo

import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicLong
import kotlin.io.path.createDirectory
import kotlin.io.path.deleteExisting
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import vn.dongbo.sample.HubProcess
import vn.dongbo.support.COMMUNE
import vn.dongbo.support.COMMUNES
import vn.dongbo.support.DEADLINE_MS
import vn.dongbo.support.TestHub
import vn.dongbo.support.list
import vn.dongbo.support.newActivity
import vn.dongbo.support.refused
import vn.dongbo.support.scenario
import vn.dongbo.support.sync

/** Several people on one phone, their PINs, and the keys that the platform keeps. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SharedPhoneTest {
    private val hub = TestHub()

    @AfterAll fun close() = hub.close()

    /** A clock that the test sets. */
    private class SetClock(start: Long = 1_700_000_000_000) : Clock {
        val now = AtomicLong(start)

        override fun nowMs() = now.get()
    }

    @Test
    fun `two people share a phone and neither opens the other's records`() = scenario {
        val phone = hub.phone()
        val hoa = hub.joined("Nguyễn Thị Hòa", COMMUNES[0], pin = "hoa-2468", phone = phone)
        val binh = hub.joined("Trần Văn Bình", COMMUNES[1], pin = "bình 1357", phone = phone)
        hoa.newActivity("Chuyện của chị Hòa")
        binh.newActivity("Chuyện của anh Bình")
        assertEquals(listOf("Nguyễn Thị Hòa", "Trần Văn Bình"), phone.people().map { it.name })
        assertTrue(phone.people().all { it.hasPin })
        assertTrue(hoa.deviceId() != binh.deviceId())
        val (hers, his) = hoa.personId() to binh.personId()
        hoa.lock()
        refused("closed") { hoa.list() }
        assertEquals(listOf("Chuyện của anh Bình"), binh.list().map { it.title }, "his is open still")
        binh.lock()
        refused("wrong_pin") { phone.unlock(hers, "bình 1357") }
        refused("wrong_pin") { phone.unlock(his, "hoa-2468") }
        refused("pin_needed") { phone.unlock(hers) }
        refused("unknown_person") { phone.unlock("../$hers", "hoa-2468") }
        phone.withPerson(hers, "hoa-2468") { assertEquals(listOf("Chuyện của chị Hòa"), it.list().map(Record::title)) }
        phone.withPerson(his, "bình 1357") { assertEquals(listOf("Chuyện của anh Bình"), it.list().map(Record::title)) }
    }

    @Test
    fun `a PIN is changed and taken away`() = scenario {
        val phone = hub.phone()
        val lan = hub.joined("Phạm Thị Lan", pin = "1234", phone = phone)
        val id = lan.personId()
        lan.lock()
        refused("wrong_pin") { phone.changePin(id, "4321", "5678") }
        refused("invalid_pin") { phone.changePin(id, "1234", "5") }
        phone.changePin(id, "1234", "một hai ba bốn")
        refused("wrong_pin") { phone.unlock(id, "1234") }
        phone.withPerson(id, "một hai ba bốn") { assertEquals("Phạm Thị Lan", it.memberName()) }
        phone.changePin(id, "một hai ba bốn", null)
        phone.withPerson(id) { assertEquals("Phạm Thị Lan", it.memberName()) }
        assertEquals(false, phone.people().single().hasPin)
    }

    @Test
    fun `waiting after wrong PINs grows and survives a restart of the app`() = scenario {
        val (folder, keys, clock) = Triple(hub.newFolder(), StaticKeyManager.inMemory(), SetClock())
        val duc = hub.joined("Võ Minh Đức", COMMUNES[2], pin = "2580", phone = hub.phone(folder, keys, clock))
        val id = duc.personId()
        duc.newActivity("Lớp kỹ năng số buổi tối")
        duc.lock()
        val phone = hub.phone(folder, keys, clock)
        repeat(5) { refused("wrong_pin") { phone.unlock(id, "0852") } }
        val again = hub.phone(folder, keys, clock)
        val first = refused("pin_wait") { again.unlock(id, "2580") }
        assertTrue(first.waitMs!! in 1UL..30_000UL, "${first.waitMs}")
        // A clock set back shortens nothing, a clock set forward is waited for.
        clock.now.addAndGet(-3_600_000)
        refused("pin_wait") { again.unlock(id, "2580") }
        clock.now.addAndGet(3_600_000 + 31_000)
        refused("wrong_pin") { again.unlock(id, "0852") }
        val second = refused("pin_wait") { again.unlock(id, "2580") }
        assertTrue(second.waitMs!! > 30_000UL, "${second.waitMs}")
        clock.now.addAndGet(second.waitMs!!.toLong() + 1_000)
        again.withPerson(id, "2580") { assertEquals(listOf("Lớp kỹ năng số buổi tối"), it.list().map(Record::title)) }
    }

    @Test
    fun `a clock in 1970 or 2099 keeps nobody out and loses nothing`() = scenario {
        for (start in listOf(0L, 4_070_908_800_000)) {
            val (folder, keys, clock) = Triple(hub.newFolder(), StaticKeyManager.inMemory(), SetClock(start))
            val replica = hub.joined("Người $start", pin = "4680", phone = hub.phone(folder, keys, clock))
            val record = replica.newActivity("Ghi lúc đồng hồ sai")
            assertEquals(start, replica.record(record).createdMs)
            replica.sync()
            val id = replica.personId()
            replica.lock()
            val phone = hub.phone(folder, keys, clock)
            refused("wrong_pin") { phone.unlock(id, "0000") }
            phone.withPerson(id, "4680") { assertEquals(RecordStatus.RECEIVED, it.record(record).status) }
        }
    }

    @Test
    fun `a forgotten PIN is reset by the administrator and nothing is lost`() = scenario {
        val phone = hub.phone()
        val nam = hub.joined("Hoàng Văn Nam", pin = "quên mất rồi", phone = phone)
        val record = nam.newActivity("Chưa gửi thì quên PIN")
        val draft = nam.newDraft("activity", COMMUNE)
        nam.keepDraft(draft.copy(answers = answers { "title" to "Đang viết dở" }))
        val id = nam.personId()
        nam.lock()
        val request = phone.resetRequest(id)
        assertEquals(request, phone.resetRequest(id), "asked again it is the same")
        val answer = HubProcess.value(hub.process.command("reset", request), "answer")
        refused("reset_refused") { phone.finishReset(id, "dongbo://unlock?bundle=AAAA", "1111") }
        refused("reset_refused") { phone.finishReset(id, answer.dropLast(8) + "AAAAAAAA", "1111") }
        phone.finishReset(id, answer, "PIN mới 99")
        refused("wrong_pin") { phone.unlock(id, "quên mất rồi") }
        phone.withPerson(id, "PIN mới 99") { replica ->
            assertEquals("Chưa gửi thì quên PIN", replica.record(record).title)
            assertEquals(answers { "title" to "Đang viết dở" }, replica.drafts().single().answers)
            replica.sync()
            val notice = replica.notices().filterIsInstance<Notice.PinReset>().single()
            replica.seen(notice)
            assertEquals(listOf<Notice>(), replica.notices())
        }
        refused("reset_refused") { phone.finishReset(id, answer, "2222") }
    }

    @Test
    fun `where the key cannot be left with the campaign now, people sync and open all the same`() = scenario {
        val (folder, keys) = hub.newFolder() to StaticKeyManager.inMemory()
        val phone = hub.phone(folder, keys)
        val sen = phone.enrol(hub.invite("Cao Thị Sen"), "Sen")
        val id = sen.personId()
        // The vault cannot be written.
        val inTheWay = folder.resolve("people/$id/vault.tmp").createDirectory()
        assertTrue(sen.join(DEADLINE_MS).statements > 0u)
        val record = sen.newActivity("Gửi được dù chưa để lại khóa")
        assertEquals(1u, sen.sync().admitted)
        sen.lock()
        phone.withPerson(id) { assertEquals(RecordStatus.RECEIVED, it.record(record).status) }
        refused("not_recoverable") { phone.resetRequest(id) }
        inTheWay.deleteExisting()
        phone.withPerson(id) { assertEquals("Cao Thị Sen", it.memberName()) }
        assertTrue(phone.resetRequest(id).startsWith("dongbo://reset?"))
    }

    /** A key manager that is not to be had while [failing]. */
    private class Moody(val failing: AtomicBoolean = AtomicBoolean(), val keys: KeyManager = StaticKeyManager.inMemory()) :
        KeyManager {
        private fun <T> now(call: () -> T): T =
            if (failing.get()) throw HostException.Unavailable("màn hình đang khóa") else call()

        override fun wrap(alias: String, key: ByteArray) = now { keys.wrap(alias, key) }

        override fun unwrap(alias: String, wrapped: ByteArray) = now { keys.unwrap(alias, wrapped) }

        override fun forget(alias: String) = now { keys.forget(alias) }
    }

    @Test
    fun `a key manager that fails now destroys nothing and works later`() = scenario {
        val moody = Moody()
        val phone = hub.phone(keys = moody)
        moody.failing.set(true)
        refused("key_manager") { phone.enrol(hub.invite("Lê Thị Ánh"), "Ánh", "1470") }
        assertEquals(listOf<Person>(), phone.people())
        moody.failing.set(false)
        val anh = hub.joined("Lê Thị Ánh", COMMUNES[3], pin = "1470", phone = phone)
        anh.newActivity("Trước khi màn hình khóa")
        val id = anh.personId()
        anh.lock()
        moody.failing.set(true)
        // No attempt is counted, whatever the PIN.
        repeat(12) { refused("key_manager") { phone.unlock(id, "0000") } }
        refused("key_manager") { phone.changePin(id, "1470", "2222") }
        moody.failing.set(false)
        phone.withPerson(id, "1470") { assertEquals(1u, it.summary().records) }
    }

    @Test
    fun `a key that is gone for good says so, and one that throws nonsense is only not there now`() = scenario {
        val phone = hub.phone(keys = object : KeyManager by StaticKeyManager.inMemory() {
            override fun unwrap(alias: String, wrapped: ByteArray) = throw HostException.Gone("phục hồi từ bản sao lưu")
        })
        val mai = hub.joined("Đặng Thị Mai", phone = phone)
        val id = mai.personId()
        mai.lock()
        refused("key_gone") { phone.unlock(id) }
        val odd = hub.phone(keys = object : KeyManager {
            override fun wrap(alias: String, key: ByteArray) = throw IllegalArgumentException("lỗi lạ")

            override fun unwrap(alias: String, wrapped: ByteArray) = throw IllegalArgumentException("lỗi lạ")

            override fun forget(alias: String) = throw IllegalArgumentException("lỗi lạ")
        })
        refused("key_manager") { odd.enrol(hub.invite("Cao Thị Sen"), "Sen") }
    }

    @Test
    fun `keys in a file are the same after a restart`() = scenario {
        val (folder, file) = hub.newFolder() to hub.newFile("keys")
        val phone = hub.phone(folder, StaticKeyManager.inFile(file))
        val hoa = phone.enrol(hub.invite("Lê Thị Hoa"), "Hoa", "7410")
        hoa.join(DEADLINE_MS)
        val id = hoa.personId()
        hoa.lock()
        hub.phone(folder, StaticKeyManager.inFile(file)).withPerson(id, "7410") { assertEquals("Lê Thị Hoa", it.memberName()) }
        refused("key_gone") { hub.phone(folder, StaticKeyManager.inMemory()).unlock(id, "7410") }
        hub.phone(folder, StaticKeyManager.inFile(file)).withPerson(id, "7410") { assertTrue(it.joined()) }
    }
}
