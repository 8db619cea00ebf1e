package vn.dongbo.sample.android

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
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
import androidx.compose.ui.text.input.PasswordVisualTransformation
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import vn.dongbo.DongboException
import vn.dongbo.Person
import vn.dongbo.PersonState
import vn.dongbo.Problem
import vn.dongbo.Replica
import vn.dongbo.android.Dongbo
import vn.dongbo.android.SyncWorker
import vn.dongbo.problem
import vn.dongbo.text

/** Whose records are here, opening one's own, and adding somebody by invitation. */
@Composable
fun PeopleScreen(scanned: String?, opened: (Replica) -> Unit) {
    val context = LocalContext.current
    val scope = rememberCoroutineScope()
    var people by remember { mutableStateOf(emptyList<Person>()) }
    var problem by remember { mutableStateOf<Problem?>(null) }
    var working by remember { mutableStateOf(false) }
    var pin by remember { mutableStateOf("") }
    var name by remember { mutableStateOf("") }
    var invitation by remember(scanned) { mutableStateOf(scanned.orEmpty()) }

    // One at a time: a second tap would make a second device of the same person.
    fun attempt(work: suspend Dongbo.() -> Unit) {
        if (working) return
        working = true
        scope.launch {
            try {
                problem = null
                withContext(Dispatchers.IO) { Dongbo.of(context) }.work()
            } catch (error: DongboException) {
                problem = error.problem
            } finally {
                working = false
            }
        }
    }
    LaunchedEffect(Unit) { attempt { people = phone.people() } }

    Column(
        Modifier.verticalScroll(rememberScrollState()).padding(16.dp),
        verticalArrangement = Arrangement.spacedBy(12.dp),
    ) {
        Text(stringResource(R.string.who), style = MaterialTheme.typography.titleLarge)
        problem?.let { Text(it.text(language()), color = MaterialTheme.colorScheme.error) }
        OutlinedTextField(
            pin,
            { pin = it },
            Modifier.fillMaxWidth(),
            label = { Text(stringResource(R.string.pin)) },
            supportingText = { Text(stringResource(R.string.pin_none)) },
            visualTransformation = PasswordVisualTransformation(),
        )
        for (person in people) {
            when (person.state) {
                PersonState.Ready ->
                    Button(
                        { attempt { opened(unlock(person.id, pin.ifEmpty { null })) } },
                        Modifier.fillMaxWidth(),
                        enabled = !working,
                    ) {
                        Text("${stringResource(R.string.open)}: ${person.name}")
                    }
                is PersonState.Wiped -> Text("${person.name}: ${stringResource(R.string.wiped)}")
                is PersonState.Unreadable -> Text("${person.id}: ${stringResource(R.string.unreadable)}")
            }
        }
        Text(stringResource(R.string.add_person), style = MaterialTheme.typography.titleMedium)
        OutlinedTextField(invitation, { invitation = it }, label = { Text(stringResource(R.string.invitation)) })
        OutlinedTextField(name, { name = it }, label = { Text(stringResource(R.string.your_name)) })
        Button(
            {
                attempt {
                    val replica = enrol(invitation, name, pin.ifEmpty { null })
                    // Without a network the worker asks the hub later; nothing is lost by waiting.
                    SyncWorker.soon(context)
                    opened(replica)
                }
            },
            enabled = !working,
        ) {
            Text(stringResource(R.string.add_person))
        }
    }
}
