package vn.dongbo.sample

import java.net.InetAddress
import java.net.ServerSocket
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** Seconds that a command may take before it is taken for stuck. */
private const val COMMAND_S_MAX = 60L

/**
 * A hub of its own on this machine: the `dongbo` program with a new data directory below [folder].
 *
 * @param origin what phones are told; another than [address] where something stands between
 */
class HubProcess(
    private val binary: Path,
    campaign: Path,
    private val folder: Path,
    private val port: Int = freePort(),
    origin: String = "http://127.0.0.1:$port",
) : AutoCloseable {
    /** Where the hub keeps everything. The socket of its commands lies in it, and a socket's path is short. */
    val data: Path = folder.resolve("hub")

    /** Where it listens. */
    val address: String = "127.0.0.1:$port"

    private var process: Process? = null

    init {
        command("init", "--campaign", "$campaign", "--origin", origin, "--administrator", "Nguyễn Thị Lan", "--unit", "snv")
    }

    /** Starts it and waits until it says that it listens. */
    fun start(): HubProcess = apply {
        check(process?.isAlive != true) { "it runs" }
        val log = folder.resolve("hub.log").toFile()
        val started = ProcessBuilder("$binary", "serve", "--data", "$data", "--listen", address)
            .redirectError(ProcessBuilder.Redirect.appendTo(log))
            .start()
        process = started
        val lines = started.inputStream.bufferedReader()
        while (true) {
            val line = lines.readLine() ?: error("the hub ended before it listened: ${log.readText().takeLast(2_000)}")
            if (address in line) break
        }
        thread(isDaemon = true) { lines.forEachLine { } }
    }

    /** SIGKILL, in the midst of whatever it does. */
    fun kill() {
        process?.destroyForcibly()?.waitFor()
        process = null
    }

    /** Runs a command of the hub's and gives what it printed: JSON, an object a line. */
    fun command(name: String, vararg arguments: String): String = plain(name, "--data", "$data", "--json", *arguments)

    /** Runs a command that has nothing to do with this hub. */
    fun plain(vararg arguments: String): String {
        val run = ProcessBuilder(listOf("$binary", *arguments))
            .redirectOutput(Files.createTempFile(folder, "command", ".out").toFile())
            .redirectError(Files.createTempFile(folder, "command", ".err").toFile())
        val process = run.start()
        check(process.waitFor(COMMAND_S_MAX, TimeUnit.SECONDS)) { "${arguments.toList()} does not end" }
        val (out, err) = run.redirectOutput().file().readText() to run.redirectError().file().readText()
        run.redirectOutput().file().delete()
        run.redirectError().file().delete()
        check(process.exitValue() == 0) { "dongbo ${arguments.toList()}: $err" }
        return out
    }

    /** Invites somebody new: `dongbo://join?…`, for one device. */
    fun invite(name: String, unit: String, role: String): String =
        value(command("invite", "--name", name, "--unit", unit, "--role", role), "link")

    override fun close() = kill()

    companion object {
        /** A port that is free now, so that a hub can be started again where it was. */
        fun freePort(): Int = ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { it.localPort }

        /** The text under a key of a flat JSON object. */
        fun value(json: String, key: String): String =
            Regex("\"$key\"\\s*:\\s*\"([^\"]*)\"").find(json)?.groupValues?.get(1) ?: error("no $key in $json")
    }
}
