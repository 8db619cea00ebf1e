package vn.dongbo

import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import java.util.zip.ZipEntry
import java.util.zip.ZipInputStream
import kotlin.io.path.createParentDirectories
import kotlin.io.path.deleteExisting
import kotlin.io.path.exists
import kotlin.io.path.moveTo
import kotlin.io.path.readBytes
import kotlin.io.path.readText
import kotlin.io.path.writeBytes
import kotlin.io.path.writeText
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import vn.dongbo.support.COMMUNE
import vn.dongbo.support.COMMUNES
import vn.dongbo.support.TestHub
import vn.dongbo.support.list
import vn.dongbo.support.newActivity
import vn.dongbo.support.refused
import vn.dongbo.support.scenario
import vn.dongbo.support.sync
import vn.dongbo.support.text

/** Full disks, files of a newer version, files that are noise. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DamageTest {
    private val hub = TestHub()

    /** One for everybody, so that nobody has another's records. */
    private val communes = COMMUNES.iterator()

    @AfterAll fun close() = hub.close()

    /** A phone with one locked person. */
    private inner class Home(val folder: Path = hub.newFolder(), val keys: KeyManager = StaticKeyManager.inMemory()) {
        val phone = hub.phone(folder, keys)
        lateinit var person: String

        suspend fun settle(name: String): Home {
            val replica = hub.joined(name, communes.next(), pin = "2468", phone = phone)
            replica.newActivity("Của $name")
            person = replica.personId()
            replica.lock()
            return this
        }

        fun file(name: String): Path = folder.resolve("people/$person/$name")
    }

    @Test
    fun `a vault of a newer version is left alone`() = scenario {
        val home = Home().settle("Nguyễn Thị Hòa")
        val before = home.file("vault.json").readText()
        val newer = before.replace(Regex("\"format\"\\s*:\\s*\\d+"), "\"format\":99")
        assertTrue(newer != before)
        home.file("vault.json").writeText(newer)
        refused("vault_newer") { home.phone.unlock(home.person, "2468") }
        assertEquals(newer, home.file("vault.json").readText())
        home.file("vault.json").writeText(before)
        home.phone.withPerson(home.person, "2468") { assertEquals(listOf("Của Nguyễn Thị Hòa"), it.list().map(Record::title)) }
    }

    /** The store of `resources/newer-store.zip` is of format 9; this program knows 1. */
    @Test
    fun `a store of a newer version is left alone`() = scenario {
        val home = Home().settle("Bùi Thị Thuỷ")
        val (store, older) = home.file("store") to home.file("store.older")
        store.moveTo(older)
        unzip("/newer-store.zip", store)
        val newer = contents(store)
        assertTrue("db" in newer)
        repeat(2) {
            refused("store_newer") { home.phone.unlock(home.person, "2468") }
            val now = contents(store)
            // A copy that was made before the trial is what the next opening begins with.
            for ((file, bytes) in newer) assertEquals(bytes, now["before-open/$file"] ?: now[file], file)
        }
        store.toFile().deleteRecursively()
        older.moveTo(store)
        home.phone.withPerson(home.person, "2468") { assertEquals(listOf("Của Bùi Thị Thuỷ"), it.list().map(Record::title)) }
    }

    private fun unzip(resource: String, folder: Path) = ZipInputStream(checkNotNull(javaClass.getResourceAsStream(resource))).use { zip ->
        generateSequence(zip::getNextEntry).filterNot(ZipEntry::isDirectory).forEach { entry ->
            folder.resolve(entry.name).createParentDirectories().writeBytes(zip.readBytes())
        }
    }

    /** What is in each file, by its place in the folder. */
    private fun contents(folder: Path): Map<String, Int> = Files.walk(folder).use { files ->
        files.filter(Files::isRegularFile).toList().associate { "${folder.relativize(it)}" to it.readBytes().contentHashCode() }
    }

    @Test
    fun `a vault that is noise is said to be so, and harms nothing else`() = scenario {
        val home = Home().settle("Trần Văn Bình")
        val before = home.file("vault.json").readBytes()
        for (noise in listOf(byteArrayOf(), "{".toByteArray(), "\u0000\u0001 nhiễu".toByteArray(), "[]".toByteArray(), before.copyOf(before.size / 2))) {
            home.file("vault.json").writeBytes(noise)
            refused("vault_corrupt") { home.phone.unlock(home.person, "2468") }
            assertEquals(1, home.phone.people().size)
        }
        home.file("vault.json").writeBytes(before)
        home.phone.withPerson(home.person, "2468") { assertEquals(1u, it.summary().records) }
    }

    @Test
    fun `a profile that is noise is shown as such and shuts nobody out, one of a newer version is left alone`() = scenario {
        val home = Home().settle("Phạm Thị Lan")
        for (unreadable in listOf("không phải JSON", "", "[]")) {
            home.file("profile.json").writeText(unreadable)
            assertTrue(home.phone.people().single().state is PersonState.Unreadable)
            refused("wrong_pin") { home.phone.unlock(home.person, "0000") }
            home.phone.withPerson(home.person, "2468") { assertEquals(1u, it.summary().records) }
            assertEquals(unreadable, home.file("profile.json").readText())
        }
        home.file("profile.json").writeText("""{"format":99}""")
        refused("vault_newer") { home.phone.unlock(home.person, "2468") }
        assertEquals("""{"format":99}""", home.file("profile.json").readText())
    }

    @Test
    fun `a store with torn files does not crash the app`() = scenario {
        val home = Home().settle("Võ Minh Đức")
        val db = Files.walk(home.file("store")).use { files -> files.filter { it.fileName.toString() == "db" }.findFirst().get() }
        val before = db.readBytes()
        for (at in listOf(0, before.size / 3, before.size / 2)) {
            db.writeBytes(before.copyOf().also { it.fill(0x5a, at, minOf(at + 4_096, it.size)) })
            val opened = runCatching { home.phone.withPerson(home.person, "2468") { it.list().size } }
            opened.onFailure { assertTrue(it is DongboException.Storage || it is DongboException.Locked, "$it") }
        }
    }

    @Test
    fun `the same store is not opened twice`() = scenario {
        val home = Home().settle("Hoàng Văn Nam")
        home.phone.withPerson(home.person, "2468") {
            refused("store_already_open") { hub.phone(home.folder, home.keys).unlock(home.person, "2468") }
            refused("store_already_open") { home.phone.unlock(home.person, "2468") }
            assertEquals(1, it.list().size)
        }
    }

    /** Works with a phone on a disk that is full, after one record was saved. */
    private suspend fun onFullDisk(name: String, work: suspend (replica: Replica, phone: Phone, saved: String, free: () -> Unit) -> Unit) {
        val disk = hub.newFolder()
        val image = hub.newFile("disk.img")
        assumeTrue(mounted(disk, image), "SKIPPED: no disk of its own could be mounted (that takes root and mkfs.ext4), so none was full")
        try {
            val phone = hub.phone(disk)
            val replica = hub.joined(name, pin = "2468", phone = phone)
            val saved = replica.newActivity("Trước khi đầy")
            val filler = disk.resolve("ảnh.jpg")
            fill(filler)
            work(replica, phone, saved, filler::deleteExisting)
            runCatching { replica.lock() }
        } finally {
            run("umount", "--lazy", "$disk")
        }
    }

    /** Saves until the disk is full: how many were saved, and whether the last one is said to be in a draft. */
    private suspend fun saveUntilFull(replica: Replica): Pair<Int, Boolean> {
        var saved = 0
        val problem = refused("disk_full") { repeat(5_000) { replica.newActivity("Khi gần đầy $it"); saved++ } }
        assertTrue(problem.kept == Kept.DRAFT || problem.kept == Kept.NOTHING_OF_THIS_STEP, "$problem")
        return saved to (problem.kept == Kept.DRAFT)
    }

    @Test
    fun `a full disk is said, and what was saved before is safe`() = scenario {
        onFullDisk("Đặng Thị Mai") { replica, phone, record, free ->
            val (saved, inDraft) = saveUntilFull(replica)
            val person = replica.personId()
            replica.lock()
            free()
            phone.withPerson(person, "2468") { again ->
                assertEquals("Trước khi đầy", again.record(record).title)
                assertEquals(if (inDraft) listOf(text("Khi gần đầy $saved")) else listOf(), again.drafts().map { it.answers["title"] })
                val after = again.newActivity("Sau khi dọn", COMMUNE)
                assertEquals(saved + 2, again.list().count { it.createdBy == "Đặng Thị Mai" })
                again.sync()
                assertEquals(RecordStatus.RECEIVED, again.record(after).status)
            }
        }
    }

    @Test
    fun `a full disk keeps nobody from reading, and once there is room the same save goes through`() = scenario {
        onFullDisk("Cao Thị Sen") { replica, _, record, free ->
            saveUntilFull(replica)
            assertEquals("Trước khi đầy", replica.record(record).title)
            free()
            assertEquals("Sau khi dọn", replica.record(replica.newActivity("Sau khi dọn")).title)
        }
    }

    @Test
    fun `a full disk keeps no store from being wiped`() = scenario {
        onFullDisk("Lê Thị Hoa") { replica, phone, _, _ ->
            val person = replica.personId()
            replica.wipe("${hub.newFile("giu-lai.bundle")}")
            assertEquals("own", (phone.people().single().state as PersonState.Wiped).reason)
            refused("wiped") { phone.unlock(person, "2468") }
            phone.remove(person)
            assertEquals(listOf<Person>(), phone.people())
        }
    }

    /** A file system of the kind that phones have, of 32 MiB. */
    private fun mounted(disk: Path, image: Path): Boolean =
        run("truncate", "-s", "32m", "$image") && run("mkfs.ext4", "-q", "$image") && run("mount", "-o", "loop", "$image", "$disk")

    private fun run(vararg command: String): Boolean =
        try {
            val process = ProcessBuilder(*command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
            process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0
        } catch (_: IOException) {
            false
        }

    private fun fill(file: Path) {
        try {
            Files.newOutputStream(file).use { out -> while (true) out.write(ByteArray(4_096)) }
        } catch (_: IOException) {
            check(file.exists())
        }
    }
}
