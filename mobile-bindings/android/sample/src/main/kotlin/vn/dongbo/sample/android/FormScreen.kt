package vn.dongbo.sample.android

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
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
import androidx.lifecycle.Lifecycle
import androidx.lifecycle.compose.LifecycleEventEffect
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import kotlinx.coroutines.flow.firstOrNull
import kotlinx.coroutines.flow.onStart
import kotlinx.coroutines.launch
import vn.dongbo.Answer
import vn.dongbo.Check
import vn.dongbo.ChoiceList
import vn.dongbo.DongboException
import vn.dongbo.Draft
import vn.dongbo.DraftKeeper
import vn.dongbo.Event
import vn.dongbo.Form
import vn.dongbo.Problem
import vn.dongbo.Replica
import vn.dongbo.android.SyncWorker
import vn.dongbo.events
import vn.dongbo.problem
import vn.dongbo.text

/** What a form screen works with, once it is read. */
private class Filling(
    val form: Form,
    val lists: Map<String, ChoiceList>,
    val base: Map<String, Answer>,
    val keeper: DraftKeeper,
)

/**
 * Any form of any campaign, for a new record or one that is edited. Every key goes into a draft that survives a kill; the
 * button makes one change of it. What the form finds wrong is shown and keeps nobody from saving.
 */
@Composable
fun FormScreen(replica: Replica, begin: suspend Replica.() -> Draft, done: () -> Unit) {
    val context = LocalContext.current
    val scope = rememberCoroutineScope()
    var filling by remember { mutableStateOf<Filling?>(null) }
    var typed by remember { mutableStateOf(emptyMap<String, Answer>()) }
    var check by remember { mutableStateOf<Check?>(null) }
    var problem by remember { mutableStateOf<Problem?>(null) }
    var formGone by remember { mutableStateOf(false) }

    LaunchedEffect(replica) {
        try {
            val begun = replica.begin()
            val form = replica.forms().find { it.id == begun.form }
            if (form == null) {
                formGone = true
                return@LaunchedEffect
            }
            val draft = begun.copy(answers = begun.answers.withIds(form.fields))
            filling = Filling(
                form = form,
                lists = replica.choiceLists().associateBy { it.id },
                base = draft.record?.let { replica.recordAt(it, draft.heads).answers }.orEmpty().withIds(form.fields),
                keeper = DraftKeeper(replica, draft, scope),
            )
            typed = draft.answers
        } catch (error: DongboException) {
            problem = error.problem
        }
    }
    val now = filling
    val answers = now?.let { shownAnswers(it.base, typed) }.orEmpty()
    LaunchedEffect(now, answers) {
        val form = now?.form ?: return@LaunchedEffect
        check = try {
            replica.check(form.id, answers)
        } catch (error: DongboException) {
            null
        }
    }
    LifecycleEventEffect(Lifecycle.Event.ON_STOP) {
        scope.launch {
            try {
                filling?.keeper?.flush()
            } catch (error: DongboException) {
                // The keeper tries again, and says below why it had to.
            }
        }
    }

    Column(
        Modifier.verticalScroll(rememberScrollState()).padding(16.dp),
        verticalArrangement = Arrangement.spacedBy(12.dp),
    ) {
        problem?.let { Text(it.text(language()), color = MaterialTheme.colorScheme.error) }
        if (formGone) {
            Text(stringResource(R.string.form_gone))
            TextButton(done) { Text(stringResource(R.string.back)) }
        }
        if (now == null) return@Column
        Text(now.form.title.text(language()), style = MaterialTheme.typography.titleLarge)
        Fields(now.form.fields, "", answers, added(typed), check, now.lists) { field, answer ->
            typed = typed + (field to answer)
            now.keeper.set(field, answer)
        }
        for (issue in check?.issues.orEmpty()) Text(issue.text(language()), color = MaterialTheme.colorScheme.error)
        WhereTheDraftIs(replica, now.keeper)
        Row {
            Button({
                scope.launch {
                    problem = null
                    try {
                        now.keeper.save()
                        SyncWorker.soon(context)
                        done()
                    } catch (error: DongboException) {
                        // The draft stays, and so does what is on the screen.
                        problem = error.problem
                    }
                }
            }) { Text(stringResource(R.string.save)) }
            TextButton(done) { Text(stringResource(R.string.back)) }
        }
    }
}

/** Says that the draft is kept once it is, and why the last try to keep it failed. */
@Composable
private fun WhereTheDraftIs(replica: Replica, keeper: DraftKeeper) {
    val unkept by keeper.problem.collectAsStateWithLifecycle()
    var kept by remember(keeper) { mutableStateOf(false) }
    LaunchedEffect(keeper) {
        try {
            // Asked of the phone's storage, and again after whatever happens, until it is there.
            val found = replica.events().onStart { emit(Event.Drafts) }
                .firstOrNull { replica.drafts().any { it.id == keeper.draft.id } }
            kept = found != null
        } catch (error: DongboException) {
            // Nobody knows, so nothing is claimed.
        }
    }
    val why = unkept
    when {
        why != null -> Text(why.text(language()), color = MaterialTheme.colorScheme.error)
        kept -> Text(stringResource(R.string.draft_kept), style = MaterialTheme.typography.labelSmall)
    }
}

/** The record's answers with what is typed over them: what the form is checked with. */
private fun shownAnswers(base: Map<String, Answer>, typed: Map<String, Answer>): Map<String, Answer> =
    base + typed.mapValues { (field, answer) ->
        // An addition is shown, and checked, as the sum it makes.
        if (answer is Answer.Add) Answer.Integer(((base[field] as? Answer.Integer)?.number ?: 0) + answer.number) else answer
    }

/** What is added to counters by this draft. */
private fun added(typed: Map<String, Answer>): Map<String, Answer.Add> =
    typed.mapNotNull { (field, answer) -> (answer as? Answer.Add)?.let { field to it } }.toMap()
