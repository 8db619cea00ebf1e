package vn.dongbo

import java.nio.file.Files
import java.nio.file.Path
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import vn.dongbo.support.TestHub
import vn.dongbo.support.newActivity

/** Cycles before memory is measured. */
private const val WARM_UP = 100

/** How often memory is measured. */
private const val MARKS = 20

/** What may be added for each cycle: far below a store's page cache, a thread's stack or a document. */
private const val BYTES_A_CYCLE_MAX = 4 shl 10

/** What may be added whatever the number of cycles: the compiler's and the allocator's ups and downs. */
private const val BYTES_MAX = 8 shl 20

/** Opening, editing and closing again and again. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MemoryTest {
    private val hub = TestHub()

    @AfterAll fun close() = hub.close()

    @Test
    fun `opening, editing and closing does not grow native memory`() = runBlocking {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "SKIPPED: no /proc on this system")
        val cycles = Integer.getInteger("cycles")
        val phone = hub.phone()
        val hoa = hub.joined("Nguyễn Thị Hòa", phone = phone)
        val person = hoa.personId()
        val id = hoa.newActivity("Mở, sửa, đóng")
        hoa.lock()
        hoa.close()

        var edits = 0

        suspend fun cycle(number: Int) = phone.withPerson(person) { replica ->
            replica.subscribe(object : EventListener { override fun onEvent(event: Event) = Unit }).use {
                val record = replica.record(id)
                // Now and then a change, always a draft: the record's own history grows, and is not what is measured.
                if (number % 50 == 0) replica.edit(id, record.heads, answers { "place" to "Ấp ${++edits}" })
                val draft = replica.editDraft(id)
                replica.keepDraft(draft.copy(answers = answers { "result" to "lần $number" }))
                replica.dropDraft(draft.id)
                replica.forms()
            }
        }

        repeat(WARM_UP) { cycle(it) }
        var number = 0
        val marks = List(MARKS) {
            repeat(maxOf(1, cycles / MARKS)) { cycle(++number) }
            memory()
        }
        println("memory over $number cycles: ${marks.joinToString("; ")}")
        // From the middle to the end: what is there once, as compiled code, is there by then. The least of three is no
        // passing high.
        val (before, after) = marks.take(MARKS / 2).takeLast(3) to marks.takeLast(3)
        val added = after.minOf { it.nativeBytes } - before.minOf { it.nativeBytes }
        assertTrue(added < BYTES_MAX + number / 2 * BYTES_A_CYCLE_MAX, "${added shr 10} KiB were added: $marks")
        assertTrue(after.last().threads <= before.first().threads + 4, "$marks")
        assertTrue(after.last().files <= before.first().files + 4, "$marks")
    }

    private data class Memory(val rssBytes: Long, val heapBytes: Long, val threads: Int, val files: Int) {
        /** What the process holds besides the JVM's heap, which `pom.xml` has made and touched as a whole. */
        val nativeBytes get() = rssBytes - heapBytes

        override fun toString() = "${nativeBytes shr 10} KiB besides the heap, $threads threads, $files files"
    }

    private fun memory(): Memory {
        System.gc()
        val status = Files.readAllLines(Path.of("/proc/self/status")).associate { it.substringBefore(':') to it.substringAfter(':').trim() }
        val files = Files.list(Path.of("/proc/self/fd")).use { it.count().toInt() }
        val heap = Runtime.getRuntime().totalMemory()
        return Memory(status.getValue("VmRSS").substringBefore(' ').toLong() shl 10, heap, status.getValue("Threads").toInt(), files)
    }
}
