package vn.dongbo

import com.sun.net.httpserver.HttpServer
import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicLong
import kotlin.io.path.exists
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import vn.dongbo.support.COMMUNE
import vn.dongbo.support.TestHub
import vn.dongbo.support.WARD
import vn.dongbo.support.newActivity
import vn.dongbo.support.refused
import vn.dongbo.support.scenario
import vn.dongbo.support.sync
import vn.dongbo.support.text

/** Devices that must not go on, and those who would like them not to. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EndingTest {
    private val hub = TestHub()

    @AfterAll fun close() = hub.close()

    /** Says which keys it forgot. */
    private class Forgetting(val keys: KeyManager = StaticKeyManager.inMemory()) : KeyManager by keys {
        val forgotten = CopyOnWriteArrayList<String>()

        override fun forget(alias: String) {
            forgotten += alias
            keys.forget(alias)
        }
    }

    @Test
    fun `a lost device wipes itself once it hears of it`() = scenario {
        val folder = hub.newFolder()
        val keys = Forgetting()
        val phone = hub.phone(folder, keys)
        val hoa = hub.joined("Nguyễn Thị Hòa", pin = "2468", phone = phone)
        hoa.newActivity("Chưa gửi thì mất máy")
        val id = hoa.personId()
        hub.revoke(hoa, "lost", wipe = true)
        refused("wiped") { hoa.sync() }
        refused("wiped") { hoa.summary() }
        assertFalse(folder.resolve("people/$id/store").exists())
        assertFalse(folder.resolve("people/$id/vault.json").exists())
        assertEquals(listOf(id), keys.forgotten)
        val state = phone.people().single().state as PersonState.Wiped
        assertEquals("lost", state.reason)
        refused("wiped") { phone.unlock(id, "2468") }
        refused("wiped") { phone.unlock(id, "0000") }
        phone.remove(id)
        assertEquals(listOf<Person>(), phone.people())
    }

    @Test
    fun `somebody who left hands over what is unsent, and only then wipes`() = scenario {
        for (wipe in listOf(true, false)) {
            val now = AtomicLong(System.currentTimeMillis())
            val (folder, keys) = hub.newFolder() to Forgetting()
            val phone = hub.phone(folder, keys, clock = object : Clock { override fun nowMs() = now.get() })
            val binh = hub.joined("Trần Văn Bình", phone = phone)
            hub.revoke(binh, "left", wipe)
            // He has not heard of it a day later.
            now.addAndGet(86_400_000)
            val unsent = binh.newActivity("Việc làm dở trước khi chuyển công tác")
            val typing = binh.newDraft("activity", COMMUNE)
            runCatching { binh.sync() }
            // What he is just typing then is kept, whichever way.
            binh.keepDraft(typing.copy(answers = answers { "title" to "Đang gõ dở" }))
            refused("revoked", Kept.DRAFT) { binh.newActivity("Sau khi nghỉ việc") }
            refused("revoked", Kept.DRAFT) { binh.saveDraft(typing.id) }
            refused("revoked") { binh.withdraw(unsent, "nghỉ việc") }
            assertEquals(setOf("Đang gõ dở", "Sau khi nghỉ việc").map(::text).toSet(), binh.drafts().map { it.answers["title"] }.toSet())
            val leaving = binh.notices().filterIsInstance<Notice.Leaving>().single()
            assertEquals(Triple(wipe, 1u, 2u), Triple(leaving.wipe, leaving.unsent, leaving.drafts))
            refused("unsent_work") { binh.wipe() }
            refused("revoked") { binh.wipe("${hub.newFile("mo.bundle")}") }
            val file = hub.newFile("ban-giao.sealed")
            binh.exportForAdministrator("$file")
            // Something more is typed: that was not handed over.
            binh.keepDraft(typing.copy(answers = answers { "title" to "Gõ thêm" }))
            refused("unsent_work") { binh.wipe() }
            refused("unsent_work") { phone.remove(binh.personId()) }
            binh.exportForAdministrator("$file")
            assertFalse("Việc làm dở" in file.readBytes().toString(Charsets.UTF_8), "it is sealed")
            val opened = hub.newFile("ban-giao.bundle")
            hub.process.plain("unseal", "$file", "--recovery-key", "${hub.process.data.resolve("recovery.key")}", "--out", "$opened")
            assertTrue("Gõ thêm" in opened.readBytes().toString(Charsets.UTF_8), "with the drafts")
            val colleague = hub.joined("Lê Thị Bích")
            colleague.importBundle("$opened")
            assertEquals("Việc làm dở trước khi chuyển công tác", colleague.record(unsent).title)
            // The app is started anew in between.
            val id = binh.personId()
            binh.lock()
            phone.unlock(id, null).wipe()
            assertEquals("left", (phone.people().single().state as PersonState.Wiped).reason)
            assertEquals(listOf(id), keys.forgotten)
            assertFalse(folder.resolve("people/$id/store").exists())
            refused("wiped") { phone.unlock(id) }
        }
    }

    @Test
    fun `nothing unsent is wiped by its own person without a copy`() = scenario {
        val phone = hub.phone()
        val lan = hub.joined("Phạm Thị Lan", phone = phone)
        lan.newActivity("Chưa gửi")
        refused("unsent_work") { lan.wipe() }
        refused("unsent_work") { phone.remove(lan.personId()) }
        val file = hub.newFile("giu-lai.bundle")
        lan.wipe("$file")
        assertTrue(file.exists())
        assertEquals("own", (phone.people().single().state as PersonState.Wiped).reason)
        val colleague = hub.joined("Lê Thị Hoa")
        assertEquals(1u, colleague.importBundle("$file").imported, "nothing was lost")
    }

    @Test
    fun `nonsense wipes nothing, in a file or from something that says it is the hub`() = scenario {
        val duc = hub.joined("Võ Minh Đức")
        val id = duc.newActivity("Của tôi")
        val good = hub.newFile("tot.bundle")
        duc.exportBundle(Export.Everything, "$good")
        val bytes = good.readBytes()
        for (bad in listOf(byteArrayOf(), "revoke everything".toByteArray(), bytes.copyOf(bytes.size / 2), ByteArray(4096) { it.toByte() })) {
            val file = hub.newFile("xau.bundle").also { it.writeBytes(bad) }
            refused(setOf("no_bundle", "bundle_damaged")) { duc.importBundle("$file") }
        }
        // Every tenth byte turned in its turn: refused in part or as a whole, believed never.
        val colleague = hub.joined("Lê Thị Ánh", WARD)
        for (at in bytes.indices step 97) {
            val turned = bytes.copyOf().also { it[at] = (it[at].toInt() xor 0x20).toByte() }
            val file = hub.newFile("lat.bundle").also { it.writeBytes(turned) }
            runCatching { colleague.importBundle("$file") }.onFailure { assertTrue(it is DongboException, "$it") }
        }
        assertTrue(colleague.joined())
        answering(401, """{"error":"revoked","wipe":true}""") { assertTrue(runCatching { duc.syncOnce(2_000UL) }.isFailure) }
        answering(200, "wipe yourself") { assertTrue(runCatching { duc.syncOnce(2_000UL) }.isFailure) }
        answering(410, "") { assertTrue(runCatching { duc.syncOnce(2_000UL) }.isFailure) }
        assertEquals("Của tôi", duc.record(id).title)
        assertEquals(listOf<Notice>(), duc.notices())
        duc.sync()
        assertEquals(RecordStatus.RECEIVED, duc.record(id).status)
    }

    /** Puts a server that always answers this in the hub's place. */
    private suspend fun answering(status: Int, body: String, what: suspend () -> Unit) {
        val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        server.createContext("/") { exchange ->
            exchange.requestBody.readAllBytes()
            exchange.sendResponseHeaders(status, body.length.toLong().takeIf { it > 0 } ?: -1)
            exchange.responseBody.use { it.write(body.toByteArray()) }
        }
        server.start()
        val hubPort = hub.link.hubPort
        hub.link.down()
        hub.link.hubPort = server.address.port
        hub.link.through()
        try {
            what()
        } finally {
            server.stop(0)
            hub.link.down()
            hub.link.hubPort = hubPort
            hub.link.through()
        }
    }

    @Test
    fun `an erasure is obeyed, and its author is told why`() = scenario {
        val nam = hub.joined("Hoàng Văn Nam")
        val id = nam.newActivity("Có tên người không nên ghi")
        nam.sync()
        hub.process.command("erase", id, "--reason", "theo yêu cầu của đương sự")
        nam.sync()
        refused("unknown_record") { nam.record(id) }
        val notice = nam.notices().filterIsInstance<Notice.Erased>().single()
        assertEquals(id to "theo yêu cầu của đương sự", notice.record to notice.reason)
        nam.seen(notice)
        assertEquals(listOf<Notice>(), nam.notices())
    }
}
