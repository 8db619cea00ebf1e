package vn.dongbo.support

import java.io.IOException
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.concurrent.thread
import kotlinx.coroutines.CompletableDeferred

/** What a relay does with bytes. */
private enum class Way { THROUGH, DOWN, STALLED }

/** The network between phones and a hub: a TCP relay that can be cut or stalled, also in the midst of an answer. */
class Relay(hubPort: Int) : AutoCloseable {
    /** Where the hub is, or what stands in its place. */
    @Volatile var hubPort = hubPort

    private val server = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val sockets = CopyOnWriteArrayList<Socket>()
    @Volatile private var way = Way.THROUGH
    @Volatile private var stalled = CompletableDeferred<Unit>()
    @Volatile private var onAnswer: (() -> Unit)? = null

    val origin = "http://127.0.0.1:${server.localPort}"

    init {
        thread(isDaemon = true, name = "relay") {
            while (!server.isClosed) {
                val phone = try { server.accept() } catch (_: IOException) { break }
                thread(isDaemon = true) { relay(phone) }
            }
        }
    }

    /** Everything passes. */
    fun through() {
        way = Way.THROUGH
    }

    /** Nothing passes, and what is open is cut. */
    fun down() {
        way = Way.DOWN
        cut()
    }

    /** Nothing passes, and nobody is told. The result completes once something was held back. */
    fun stall(): CompletableDeferred<Unit> {
        stalled = CompletableDeferred()
        way = Way.STALLED
        return stalled
    }

    /** Calls [what] when the hub next begins to answer, in place of passing the answer on; the link is cut. */
    fun inPlaceOfAnAnswer(what: () -> Unit) {
        onAnswer = what
    }

    private fun cut() = sockets.forEach { it.quietly() }

    private fun relay(phone: Socket) {
        sockets += phone
        if (way == Way.DOWN) return phone.quietly()
        val hub = try { Socket(InetAddress.getLoopbackAddress(), hubPort) } catch (_: IOException) { return phone.quietly() }
        sockets += hub
        thread(isDaemon = true) { pump(phone, hub, fromHub = false) }
        pump(hub, phone, fromHub = true)
    }

    private fun pump(from: Socket, to: Socket, fromHub: Boolean) {
        val buffer = ByteArray(16 shl 10)
        try {
            while (true) {
                val count = from.getInputStream().read(buffer)
                if (count < 0 || way == Way.DOWN) break
                if (way == Way.STALLED) {
                    stalled.complete(Unit)
                    continue
                }
                val instead = onAnswer.takeIf { fromHub }
                if (instead != null) {
                    onAnswer = null
                    instead()
                    break
                }
                to.getOutputStream().write(buffer, 0, count)
            }
        } catch (_: IOException) {
            // An end closed: so does the other.
        }
        from.quietly()
        to.quietly()
        sockets -= setOf(from, to)
    }

    private fun Socket.quietly() = try { close() } catch (_: IOException) { }

    override fun close() {
        server.close()
        cut()
    }
}
