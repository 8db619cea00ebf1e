package vn.dongbo.sample

import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively
import kotlin.io.path.exists
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import vn.dongbo.Answer
import vn.dongbo.DongboException
import vn.dongbo.DraftKeeper
import vn.dongbo.Event
import vn.dongbo.Language
import vn.dongbo.Network
import vn.dongbo.Phone
import vn.dongbo.RecordStatus
import vn.dongbo.Replica
import vn.dongbo.StaticKeyManager
import vn.dongbo.allIssues
import vn.dongbo.answers
import vn.dongbo.events
import vn.dongbo.label
import vn.dongbo.problem
import vn.dongbo.text
import vn.dongbo.useLocked
import vn.dongbo.withPerson

/** Xã Hoà Long. */
private const val COMMUNE = "26572"
private const val PIN = "2468"
private const val DEADLINE_MS = 30_000UL

/**
 * A day in the field, told as it happens: two phones without a network, a form drawn from the campaign's data, typing
 * that is killed and goes on, two edits of one field, the merge, the conflict and its end.
 *
 * Arguments: `HUB_BINARY CAMPAIGN` to make a hub of its own, or two invitations of one unit's officers. Without any, the
 * properties `dongbo.binary` and `dongbo.campaign` are read.
 */
object FieldDay {
    @JvmStatic
    fun main(arguments: Array<String>) {
        if (arguments.firstOrNull() == "type") return runBlocking { typeUntilKilled(arguments.drop(1)) }
        val folder = Files.createTempDirectory("db")
        try {
            day(arguments, folder)
        } finally {
            @OptIn(ExperimentalPathApi::class)
            folder.deleteRecursively()
        }
    }

    private fun day(arguments: Array<String>, folder: Path) {
        val invitations = arguments.filter { it.startsWith("dongbo://join?") }
        if (invitations.size == 2) return runBlocking { day(invitations[0], invitations[1], folder) }
        val named = arguments.toList().ifEmpty { listOf("dongbo.binary", "dongbo.campaign").mapNotNull(System::getProperty) }
        val given = named.map(Path::of)
        if (given.size != 2 || !given.all { it.exists() }) {
            System.err.println("usage: FieldDay HUB_BINARY CAMPAIGN | FieldDay INVITATION INVITATION")
            exitProcess(2)
        }
        HubProcess(given[0].toAbsolutePath(), given[1].toAbsolutePath(), folder).use { hub ->
            hub.start()
            val (hoa, binh) = listOf("Nguyễn Thị Hòa", "Trần Văn Bình").map { hub.invite(it, COMMUNE, "commune_officer") }
            runBlocking { day(hoa, binh, folder) }
        }
    }

    private suspend fun day(hoasInvitation: String, binhsInvitation: String, folder: Path) {
        heading("Hai máy tham gia", "two phones join")
        val keys = folder.resolve("hoa.keys")
        val hoasFolder = folder.resolve("hoa")
        val hoasPhone = Phone("$hoasFolder", StaticKeyManager.inFile(keys))
        val hoa = hoasPhone.enrol(hoasInvitation, "Hòa", PIN)
        val binh = Phone("${folder.resolve("binh")}", StaticKeyManager.inMemory()).enrol(binhsInvitation, "Bình")
        for (replica in listOf(hoa, binh)) {
            val report = replica.join(DEADLINE_MS)
            say("${replica.memberName()}: ${report.statements} văn bản của chương trình", "statements of the campaign")
        }
        val unit = hoa.creatable().single { it.form == "activity" }.units.let { units -> units.find { it == COMMUNE } ?: units.first() }

        heading("Biểu mẫu, vẽ từ dữ liệu", "a form, drawn from the campaign's data")
        listOf(hoa, binh).forEach { it.setNetwork(Network.OFFLINE) }
        val form = TextForm.of(hoa, "activity")
        form.draw(mapOf(), hoa.check("activity", mapOf())).forEach(::println)

        heading("Đang gõ thì máy tắt", "the phone dies while she types")
        val person = hoa.personId()
        hoa.lock()
        val kept = killedWhileTyping(listOf("$hoasFolder", "$keys", person, unit))
        say("Tiến trình bị SIGKILL khi máy đã giữ $kept chữ cái.", "killed when $kept letters were kept")

        hoasPhone.unlock(person, PIN).useLocked { replica -> binh.useLocked { evening(replica, it, form) } }
    }

    private suspend fun evening(hoa: Replica, binh: Replica, form: TextForm) {
        hoa.setNetwork(Network.OFFLINE)
        val draft = hoa.drafts().single()
        val typed = draft.answers["content"].text().orEmpty()
        say("Mở lại: bản nháp còn ${typed.length} chữ cái: “${typed.take(60)}…”", "opened again, the draft is there")

        heading("Gõ tiếp và lưu", "she goes on, and saves")
        val saved = runBlocking {
            DraftKeeper(hoa, draft, this).run {
                set(answers {
                    "kind" to "propaganda"
                    "held_on" to "2023-03-26"
                    "themes" to setOf("ND.1", "ND.3")
                    "organiser" to "UBND xã Hoà Long"
                    "place" to "Nhà văn hóa ấp Tây"
                    "participants" to items { item { "group" to "residents"; "count" to 40 } }
                })
                flush()
                val missing = hoa.check("activity", draft().answers).allIssues()
                missing.forEach { say("  còn thiếu: ${it.text()}", it.text(Language.ENGLISH)) }
                set("no_secret", Answer.Boolean(true))
                save()
            }
        }
        val id = saved.record
        show(hoa, id)
        try {
            hoa.syncOnce(DEADLINE_MS)
        } catch (error: DongboException) {
            say(error.problem.text(), error.problem.text(Language.ENGLISH))
        }

        heading("Có mạng: gửi và nhận", "there is a network")
        listOf(hoa, binh).forEach { it.setNetwork(Network.USUAL) }
        hoa.syncOnce(DEADLINE_MS)
        binh.syncOnce(DEADLINE_MS)
        show(hoa, id)
        form.draw(binh.record(id).answers, binh.check("activity", binh.record(id).answers)).forEach(::println)

        heading("Mất mạng, hai người cùng sửa", "without a network both edit")
        hoa.edit(id, hoa.record(id).heads, answers { "place" to "Chợ Hoà Long"; "result" to "40 người cài đặt VNeID mức 2." })
        binh.edit(id, binh.record(id).heads, answers { "place" to "Trường THCS Nguyễn Trường Tộ"; "organiser" to "Đoàn xã Hoà Long" })
        show(hoa, id)
        show(binh, id)

        heading("Đồng bộ: mọi thứ gộp lại, chỗ trái nhau được nêu ra", "the merge; what contradicts is shown")
        for (replica in listOf(hoa, binh, hoa)) replica.syncOnce(DEADLINE_MS)
        show(hoa, id)
        val shown = hoa.record(id)
        val conflict = shown.conflicts.single()
        conflict.candidates.forEachIndexed { n, candidate ->
            say("  ${form.label(conflict.path)} [$n] ${candidate.value.text()} — ${candidate.person}", "candidate $n")
        }
        val hers = conflict.candidates.indexOfFirst { it.person == hoa.memberName() }
        hoa.resolve(id, shown.heads, conflict.path, hers.toUInt())
        for (replica in listOf(hoa, binh)) replica.syncOnce(DEADLINE_MS)
        show(binh, id)
        for (entry in binh.history(id)) say("  ${entry.person}: ${entry.fields.map(form::label).distinct().joinToString()}", "history")
        check(hoa.record(id).answers == binh.record(id).answers) { "the phones differ" }
        check(listOf(hoa, binh).all { it.record(id).status == RecordStatus.RECEIVED && it.record(id).conflicts.isEmpty() })
        say("Hai máy giống nhau, không mất gì.", "both phones agree, nothing was lost")
    }

    private fun DraftKeeper.draft() = draft

    private suspend fun show(replica: Replica, id: String) {
        val record = replica.record(id)
        val status = record.status
        say(
            "${replica.memberName()}: “${record.title}” tại ${record.answers["place"].text()} — ${status.label()}" +
                if (record.conflicts.isEmpty()) "" else " — ${record.conflicts.size} chỗ cần chọn",
            status.label(Language.ENGLISH),
        )
    }

    /** Types without a pause and says how much is kept. Arguments: folder, key file, person, unit. */
    private suspend fun typeUntilKilled(arguments: List<String>): Unit = kotlinx.coroutines.coroutineScope {
        val (folder, keys, person, unit) = arguments
        Phone(folder, StaticKeyManager.inFile(Path.of(keys))).withPerson(person, PIN) { replica ->
            launch(start = CoroutineStart.UNDISPATCHED) {
                replica.events().collect { if (it is Event.Drafts) println(replica.drafts().single().answers["content"].text()?.length) }
            }
            val keeper = DraftKeeper(replica, replica.newDraft("activity", unit), this, atLatest = 300.milliseconds)
            keeper.set("title", Answer.Text("Ra quân tuyên truyền chuyển đổi số"))
            val sentence = "Tổ công nghệ số cộng đồng trực từ 7 giờ đến 11 giờ, hướng dẫn từng hộ quét mã QR tại quầy. "
            for (letters in 1..Int.MAX_VALUE) {
                keeper.set("content", Answer.Text(sentence.repeat(letters / sentence.length + 1).take(letters)))
                delay(5.milliseconds)
            }
        }
    }

    /** The letters that were kept when the process was killed. */
    private fun killedWhileTyping(arguments: List<String>): Int {
        val here = listOf(FieldDay::class, Answer::class, Unit::class, kotlinx.coroutines.Job::class, com.sun.jna.Native::class)
            .map { Path.of(it.java.protectionDomain.codeSource.location.toURI()) }.distinct()
        val java = Path.of(System.getProperty("java.home"), "bin", "java")
        val child = ProcessBuilder(
            listOf(
                "$java", "-Djna.library.path=${System.getProperty("jna.library.path")}",
                "-cp", here.joinToString(File.pathSeparator), FieldDay::class.java.name, "type",
            ) + arguments,
        ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val kept = child.inputStream.bufferedReader().useLines { lines -> lines.mapNotNull(String::toIntOrNull).first { it > 100 } }
        child.destroyForcibly().waitFor()
        return kept
    }

    private fun heading(vi: String, en: String) = println("\n== $vi  /  $en")

    private fun say(vi: String, en: String) = println("$vi  /  $en")
}
