package vn.dongbo.sample.android

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.Card
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
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.onStart
import kotlinx.coroutines.launch
import vn.dongbo.Conflict
import vn.dongbo.DongboException
import vn.dongbo.Event
import vn.dongbo.Form
import vn.dongbo.Problem
import vn.dongbo.Record
import vn.dongbo.Replica
import vn.dongbo.events
import vn.dongbo.problem
import vn.dongbo.text

/** One record: its answers, its conflicts with who said what, its issues, and where it stands. */
@Composable
fun RecordScreen(replica: Replica, id: String, go: (Screen) -> Unit) {
    val scope = rememberCoroutineScope()
    var record by remember { mutableStateOf<Record?>(null) }
    var form by remember { mutableStateOf<Form?>(null) }
    var problem by remember { mutableStateOf<Problem?>(null) }

    LaunchedEffect(replica, id) {
        replica.events().onStart { emit(Event.Arrived) }.conflate().collect {
            try {
                val now = replica.record(id)
                form = replica.forms().find { it.id == now.form }
                record = now
                problem = null
            } catch (error: DongboException) {
                problem = error.problem
            }
        }
    }
    fun settle(heads: List<String>, path: String, choice: Int) = scope.launch {
        problem = try {
            replica.resolve(id, heads, path, choice.toUInt())
            null
        } catch (error: DongboException) {
            error.problem
        }
    }

    Column(
        Modifier.verticalScroll(rememberScrollState()).padding(16.dp),
        verticalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        problem?.let { Text(it.text(language()), color = MaterialTheme.colorScheme.error) }
        val shown = record ?: return@Column
        Row {
            StatusChip(shown.status)
            if (shown.mayEdit) {
                TextButton({ go(Screen.EditRecord(replica, id)) }) { Text(stringResource(R.string.edit)) }
            }
        }
        for (conflict in shown.conflicts) {
            ConflictCard(conflict, form, shown.mayEdit) { settle(shown.heads, conflict.path, it) }
        }
        for (field in form?.fields.orEmpty()) {
            val answer = shown.answers[field.id]?.text() ?: continue
            Text(field.label.text(language()), style = MaterialTheme.typography.labelMedium)
            Text(answer)
        }
        for (issue in shown.issues) Text(issue.text(language()), color = MaterialTheme.colorScheme.error)
        TextButton({ go(Screen.Records(replica)) }) { Text(stringResource(R.string.back)) }
    }
}

@Composable
private fun ConflictCard(conflict: Conflict, form: Form?, maySettle: Boolean, settle: (Int) -> Unit) {
    val label = form?.fields?.find { it.id == conflict.path }?.label?.text(language()) ?: conflict.path
    Card {
        Column(Modifier.padding(12.dp)) {
            Text("$label: ${stringResource(R.string.conflict)}", style = MaterialTheme.typography.titleSmall)
            conflict.candidates.forEachIndexed { choice, candidate ->
                val who = candidate.person ?: stringResource(R.string.somebody)
                Text("${candidate.value.text().orEmpty()} ($who, ${moment(candidate.timeMs)})")
                if (maySettle) Button({ settle(choice) }) { Text(stringResource(R.string.choose)) }
            }
        }
    }
}
