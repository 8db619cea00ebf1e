package vn.dongbo.android

import android.content.Context
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.ExistingWorkPolicy
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequestBuilder
import androidx.work.PeriodicWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import java.util.concurrent.TimeUnit
import vn.dongbo.DongboException

/** WorkManager ends a worker after ten minutes; what is not done by then is done by the next. */
private const val WORK_MS_MAX = 8L * 60_000

/**
 * Synchronises everybody on this phone who can be opened without asking for a PIN: those without one, and those whose
 * store is open in this process. Whoever has a PIN and is not here is synchronised when they next open the app.
 *
 * Every step of a sync is durable of itself: ending the worker loses nothing.
 */
class SyncWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    override suspend fun doWork(): Result =
        try {
            synchroniseEverybody(Dongbo.of(applicationContext))
        } catch (error: DongboException) {
            after(error)
        }

    private suspend fun synchroniseEverybody(dongbo: Dongbo): Result {
        val people = dongbo.phone.people()
        val share = (WORK_MS_MAX / people.size.coerceAtLeast(1)).toULong()
        val results = people.map { person ->
            try {
                val replica = dongbo.inBackground(person)
                if (replica == null || !replica.syncOnce(share).more) Result.success() else Result.retry()
            } catch (error: DongboException) {
                after(error)
            }
        }
        // A failure of one person hides nothing of another: it only decides whether to come back soon.
        return listOf(Result.retry(), Result.failure()).firstOrNull { it in results } ?: Result.success()
    }

    /** What to do after an error, by its kind. Nobody is there to be told: the app says it when it is opened. */
    private fun after(error: DongboException): Result =
        when (error) {
            is DongboException.Network, is DongboException.NotNow, is DongboException.Storage -> Result.retry()
            // A person must do something first: enter a PIN, unlock the phone, read that the device is revoked.
            is DongboException.Locked, is DongboException.Ended -> Result.success()
            is DongboException.Input, is DongboException.NotAllowed, is DongboException.Unexpected -> Result.failure()
        }

    companion object {
        private val connected = Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build()

        /** Every six hours or so, when there is a network. Call it at every start of the app. */
        fun keepInSync(context: Context) {
            val work = PeriodicWorkRequestBuilder<SyncWorker>(6, TimeUnit.HOURS)
                .setConstraints(connected)
                .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, 5, TimeUnit.MINUTES)
                .build()
            WorkManager.getInstance(context)
                .enqueueUniquePeriodicWork("dongbo-sync", ExistingPeriodicWorkPolicy.UPDATE, work)
        }

        /**
         * As soon as there is a network, after a save. One that waits or works already makes way: it may be past the person who
         * saved, or wait for hours after failures.
         */
        fun soon(context: Context) {
            val work = OneTimeWorkRequestBuilder<SyncWorker>()
                .setConstraints(connected)
                .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, 1, TimeUnit.MINUTES)
                .build()
            WorkManager.getInstance(context).enqueueUniqueWork("dongbo-sync-soon", ExistingWorkPolicy.REPLACE, work)
        }
    }
}
