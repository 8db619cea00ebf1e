// How long a replica stays open.

package vn.dongbo

import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext

/**
 * Works with the replica and locks it afterwards, also where the work fails or is cancelled: its store is closed and
 * its key is wiped from memory.
 */
suspend fun <T> Replica.useLocked(work: suspend (Replica) -> T): T =
    try {
        work(this)
    } finally {
        withContext(NonCancellable) {
            try {
                lock()
            } finally {
                close()
            }
        }
    }

/**
 * Opens somebody's replica, works with it and locks it afterwards.
 *
 * @throws DongboException.Locked the PIN is wrong or needed, or the key manager does not give the key now
 */
suspend fun <T> Phone.withPerson(person: String, pin: String? = null, work: suspend (Replica) -> T): T =
    unlock(person, pin).useLocked(work)
