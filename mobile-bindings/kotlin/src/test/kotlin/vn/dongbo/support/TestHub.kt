package vn.dongbo.support

import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.deleteRecursively
import kotlin.io.path.exists
import vn.dongbo.Clock
import vn.dongbo.KeyManager
import vn.dongbo.Phone
import vn.dongbo.Replica
import vn.dongbo.StaticKeyManager
import vn.dongbo.sample.HubProcess

/** Xã Hoà Long, a commune until 2025. */
const val COMMUNE = "26572"

/** Phường 1, another. */
const val WARD = "26506"

/** Communes of that time, without a common successor, for those who are to see nobody else's records. */
val COMMUNES = listOf("26542", "26563", "26536", "26524", "26638", "26656", "26590", "26596", "26680")

/** Milliseconds after which a test takes a sync for stuck. */
val DEADLINE_MS = 30_000UL

/** A real hub behind a network that can be cut, and a folder for phones. */
class TestHub : AutoCloseable {
    private val folder: Path = Files.createTempDirectory("db")
    private val port = HubProcess.freePort()
    private val opened = mutableListOf<AutoCloseable>()
    private var phones = 0

    val link = Relay(port)
    val process = HubProcess(property("dongbo.binary"), property("dongbo.campaign"), folder, port, link.origin)

    init {
        process.start()
    }

    /** An empty folder for an app. */
    fun newFolder(): Path = folder.resolve("phone-${phones++}").also(Files::createDirectories)

    /** A file that is not there yet. */
    fun newFile(name: String): Path = newFolder().resolve(name)

    fun phone(folder: Path = newFolder(), keys: KeyManager = StaticKeyManager.inMemory(), clock: Clock? = null): Phone =
        Phone(folder.toString(), keys, clock).also { opened += it }

    /** An invitation for somebody of the commune. */
    fun invite(name: String, unit: String = COMMUNE, role: String = "commune_officer") = process.invite(name, unit, role)

    /** Somebody who has joined and synchronised, on a phone of their own if none is given. */
    suspend fun joined(
        name: String,
        unit: String = COMMUNE,
        role: String = "commune_officer",
        pin: String? = null,
        phone: Phone = phone(),
    ): Replica {
        val replica = phone.enrol(invite(name, unit, role), name, pin)
        opened += replica
        homes[replica.personId()] = unit
        replica.join(DEADLINE_MS)
        return replica
    }

    /** Revokes somebody's device, as an administrator does. */
    suspend fun revoke(replica: Replica, reason: String, wipe: Boolean) {
        val arguments = listOf("revoke", replica.deviceId(), "--reason", reason) + if (wipe) listOf("--wipe") else listOf()
        process.command("devices", *arguments.toTypedArray())
    }

    @OptIn(kotlin.io.path.ExperimentalPathApi::class)
    override fun close() {
        opened.asReversed().forEach(AutoCloseable::close)
        process.close()
        link.close()
        folder.deleteRecursively()
    }

    companion object {
        fun property(name: String): Path {
            val path = Path.of(checkNotNull(System.getProperty(name)) { "-D$name is missing" }).toAbsolutePath().normalize()
            check(path.exists()) { "$path is not there: `cargo build -p dongbo-mobile -p dongbo-server` makes it" }
            return path
        }
    }
}
