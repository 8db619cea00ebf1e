package vn.dongbo.android

import android.content.Context
import java.io.File
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import vn.dongbo.Network
import vn.dongbo.Person
import vn.dongbo.PersonState
import vn.dongbo.Phone
import vn.dongbo.Replica

/**
 * The one [Phone] of this process, and the replicas that are open in it. A store opens once: screens and [SyncWorker]
 * take theirs from here.
 */
class Dongbo private constructor(context: Context) {
    /** For what is not about opening: people, PINs, resets. */
    val phone = Phone(folder(context).path, AndroidKeyManager(context))

    private val turn = Mutex()
    private val opened = MutableStateFlow<Map<String, Replica>>(emptyMap())
    private val hints = NetworkHints(context) { network -> opened.value.values.forEach { it.setNetwork(network) } }

    /** The replicas that are open, by person. */
    val open: StateFlow<Map<String, Replica>> = opened.asStateFlow()

    /** What the phone says of its network. */
    val network: StateFlow<Network> = hints.network

    /** Makes somebody's place on this phone; then [Replica.join] when there is a network. */
    suspend fun enrol(invitation: String, name: String, pin: String?): Replica =
        turn.withLock { adopt(phone.enrol(invitation, name, pin)) }

    /** Opens somebody's store. The PIN is asked for also where it is still open from before. */
    suspend fun unlock(person: String, pin: String?): Replica = turn.withLock {
        close(person)
        adopt(phone.unlock(person, pin))
    }

    /** Closes somebody's store and wipes its key from memory, as when the screen goes to another person. */
    suspend fun lock(person: String) = turn.withLock { close(person) }

    /** Somebody's replica for work in the background: open already, or to be opened without a PIN. Else none. */
    internal suspend fun inBackground(person: Person): Replica? = turn.withLock {
        opened.value[person.id]
            ?: if (person.hasPin || person.state != PersonState.Ready) null else adopt(phone.unlock(person.id, null))
    }

    private suspend fun adopt(replica: Replica): Replica {
        // In this order: a change of the network in between is told to the replica too.
        opened.value += replica.personId() to replica
        replica.setNetwork(network.value)
        return replica
    }

    // Whoever still holds it is told `closed`; its handle is freed when they let go of it.
    private suspend fun close(person: String) = withContext(NonCancellable) {
        val replica = opened.value[person] ?: return@withContext
        opened.value -= person
        replica.lock()
    }

    companion object {
        @Volatile private var instance: Dongbo? = null

        /** The same for the whole process. Opens a folder, so not on the main thread for the first time. */
        fun of(context: Context): Dongbo =
            instance ?: synchronized(this) {
                instance ?: Dongbo(context.applicationContext).also { instance = it }
            }

        /** Where everybody's records lie: never backed up, never moved to another phone. */
        private fun folder(context: Context) = File(context.noBackupFilesDir, "dongbo")
    }
}
