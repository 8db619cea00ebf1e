package vn.dongbo.sample.android

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.AssistChip
import androidx.compose.material3.DropdownMenu
import androidx.compose.material3.DropdownMenuItem
import androidx.compose.material3.ListItem
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberCoroutineScope
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.onStart
import kotlinx.coroutines.launch
import vn.dongbo.DongboException
import vn.dongbo.Draft
import vn.dongbo.Event
import vn.dongbo.Localised
import vn.dongbo.Only
import vn.dongbo.Order
import vn.dongbo.Problem
import vn.dongbo.Query
import vn.dongbo.Record
import vn.dongbo.RecordStatus
import vn.dongbo.Replica
import vn.dongbo.Summary
import vn.dongbo.android.Dongbo
import vn.dongbo.events
import vn.dongbo.label
import vn.dongbo.problem
import vn.dongbo.text

private const val SYNC_MS_MAX = 60_000uL

/** A form that may be filled now, with the unit's name. */
private data class Offer(val form: String, val title: Localised, val unit: String, val unitName: String)

/** The records of a person, each with where it stands. Read again on every event. */
@Composable
fun RecordsScreen(replica: Replica, go: (Screen) -> Unit) {
    val context = LocalContext.current
    val scope = rememberCoroutineScope()
    var records by remember { mutableStateOf(emptyList<Record>()) }
    var summary by remember { mutableStateOf<Summary?>(null) }
    var drafts by remember { mutableStateOf(emptyList<Draft>()) }
    var titles by remember { mutableStateOf(emptyMap<String, Localised>()) }
    var offers by remember { mutableStateOf(emptyList<Offer>()) }
    var problem by remember { mutableStateOf<Problem?>(null) }
    var menu by remember { mutableStateOf(false) }

    suspend fun read() {
        try {
            summary = replica.summary()
            drafts = replica.drafts()
            records = replica.query(Query(only = Only.ALL, order = Order.NEWEST)).records
            titles = replica.forms().associate { it.id to it.title }
            val names = replica.units().associate { it.id to it.name }
            offers = replica.creatable().flatMap { may ->
                may.units.map { Offer(may.form, titles.getValue(may.form), it, names[it] ?: it) }
            }
        } catch (error: DongboException) {
            problem = error.problem
        }
    }
    LaunchedEffect(replica) {
        // A first look, then one after whatever happened. Missed events need no more than that either.
        replica.events().onStart { emit(Event.Arrived) }.conflate().collect { read() }
    }

    Column(Modifier.padding(16.dp)) {
        summary?.let { now ->
            val last = now.lastSyncMs?.let(::moment) ?: stringResource(R.string.never)
            Text(stringResource(R.string.last_sync, last))
            if (now.unsent > 0u) Text(stringResource(R.string.unsent, now.unsent.toInt()))
        }
        problem?.let { Text(it.text(language()), color = MaterialTheme.colorScheme.error) }
        Row {
            TextButton({
                scope.launch {
                    problem = try {
                        replica.syncOnce(SYNC_MS_MAX)
                        null
                    } catch (error: DongboException) {
                        error.problem
                    }
                }
            }) { Text(stringResource(R.string.synchronise)) }
            TextButton({ menu = true }, enabled = offers.isNotEmpty()) { Text(stringResource(R.string.create)) }
            TextButton({
                scope.launch {
                    Dongbo.of(context).lock(replica.personId())
                    go(Screen.People)
                }
            }) { Text(stringResource(R.string.lock)) }
            DropdownMenu(menu, { menu = false }) {
                for (offer in offers) {
                    DropdownMenuItem(
                        { Text("${offer.title.text(language())} · ${offer.unitName}") },
                        { go(Screen.NewRecord(replica, offer.form, offer.unit)) },
                    )
                }
            }
        }
        LazyColumn {
            items(drafts, key = Draft::id) { draft ->
                ListItem(
                    { Text(titles[draft.form]?.text(language()) ?: draft.form) },
                    Modifier.fillMaxWidth().clickable { go(Screen.KeptDraft(replica, draft)) },
                    supportingContent = { Text(moment(draft.touchedMs)) },
                    trailingContent = { AssistChip({}, { Text(stringResource(R.string.draft)) }) },
                )
            }
            items(records, key = Record::id) { record ->
                ListItem(
                    { Text(record.title ?: stringResource(R.string.unnamed)) },
                    Modifier.fillMaxWidth().clickable { go(Screen.OneRecord(replica, record.id)) },
                    supportingContent = { Text(moment(record.editedMs)) },
                    trailingContent = { StatusChip(record.status) },
                )
            }
        }
    }
}

/** Where a record stands, in words that promise no more than is true. */
@Composable
fun StatusChip(status: RecordStatus) {
    AssistChip({}, { Text(status.label(language())) })
}
