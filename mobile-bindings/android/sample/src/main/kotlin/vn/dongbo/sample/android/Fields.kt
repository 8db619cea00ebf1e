package vn.dongbo.sample.android

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Card
import androidx.compose.material3.Checkbox
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.RadioButton
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import java.time.DateTimeException
import java.time.LocalDate
import java.time.LocalDateTime
import java.util.UUID
import vn.dongbo.Answer
import vn.dongbo.Check
import vn.dongbo.Choice
import vn.dongbo.ChoiceList
import vn.dongbo.Field
import vn.dongbo.FieldKind
import vn.dongbo.Item
import vn.dongbo.text

/**
 * The fields of a form, or of an item of a group list, in the order in which they are asked. `path`: that of the item with
 * its slash, or empty. `added`: what is added to counters and not saved yet; `answers` has their sums. [Check] says by path
 * what is asked now, what must be answered, and what is not right.
 */
@Composable
fun Fields(
    fields: List<Field>,
    path: String,
    answers: Map<String, Answer>,
    added: Map<String, Answer.Add>,
    check: Check?,
    lists: Map<String, ChoiceList>,
    set: (String, Answer) -> Unit,
) {
    for (field in fields) {
        val here = check?.fields?.find { it.path == path + field.id }
        // Before the first check, what is asked only under a condition is not shown.
        if (!(here?.relevant ?: !field.conditional)) continue
        // What a hand typed belongs to its field, also where another appears or goes above it.
        key(path + field.id) {
            Column(Modifier.fillMaxWidth()) {
                Text(field.label.text(language()), style = MaterialTheme.typography.titleSmall)
                field.hint?.let { Text(it.text(language()), style = MaterialTheme.typography.bodySmall) }
                Question(field, path, answers[field.id], added[field.id], check, lists) { set(field.id, it) }
                val answered = (answers[field.id] ?: Answer.Nothing) != Answer.Nothing
                if (here?.required == true && !answered) Text(stringResource(R.string.required))
                for (issue in here?.issues.orEmpty()) Text(issue.text(language()), color = MaterialTheme.colorScheme.error)
            }
        }
    }
}

/** One question. A text that is not yet a number or a date stays on the screen, clears the answer, and says so. */
@Composable
private fun Question(
    field: Field,
    path: String,
    answer: Answer?,
    added: Answer.Add?,
    check: Check?,
    lists: Map<String, ChoiceList>,
    set: (Answer) -> Unit,
) {
    when (field.kind) {
        FieldKind.TEXT -> Typed(answer.shown(), String::asText, set)
        FieldKind.PARAGRAPH -> Typed(answer.shown(), String::asText, set, lines = 4)
        FieldKind.INTEGER -> Typed(answer.shown(), String::asInteger, set, KeyboardType.Number)
        FieldKind.DECIMAL -> Typed(answer.shown().replace('.', ','), String::asDecimal, set, KeyboardType.Decimal)
        FieldKind.COUNTER -> Counter(answer as? Answer.Integer, added, set)
        FieldKind.BOOLEAN -> YesNo(answer as? Answer.Boolean, set)
        FieldKind.DATE ->
            Typed(answer.shownDate(), String::asDate, set, hint = stringResource(R.string.date_form))
        FieldKind.MOMENT ->
            Typed(
                (answer as? Answer.Moment)?.let { moment(it.ms) }.orEmpty(),
                String::asMoment,
                set,
                hint = stringResource(R.string.moment_form),
            )
        FieldKind.CHOICE -> OneOf(offered(field, lists, setOf(answer.shown())), answer.shown(), set)
        FieldKind.CHOICES -> {
            val ticked = (answer as? Answer.Choices)?.codes.orEmpty()
            AnyOf(offered(field, lists, ticked.toSet()), ticked, set)
        }
        FieldKind.GEOPOINT ->
            Typed(answer.shown(), String::asText, set, hint = stringResource(R.string.geopoint_form))
        // A real app offers `query(Query(form = field.references, …))` to choose from.
        FieldKind.REFERENCE ->
            Typed(answer.shown(), String::asText, set, hint = stringResource(R.string.reference_form))
        FieldKind.GROUP -> Group(field, path, answer as? Answer.Items, check, lists, set)
        FieldKind.ATTACHMENTS -> {
            Text(stringResource(R.string.attachments_form))
            for (item in (answer as? Answer.Items)?.items.orEmpty()) Text(item.answers["name"].text().orEmpty())
        }
        FieldKind.UNKNOWN -> {
            Text(answer.text().orEmpty())
            Text(stringResource(R.string.unknown_kind))
        }
    }
}

/** `read`: what a text says, none if nothing yet. `cleared`: the answer meanwhile, and when there is no text. */
@Composable
private fun Typed(
    shown: String,
    read: (String) -> Answer?,
    set: (Answer) -> Unit,
    keyboard: KeyboardType = KeyboardType.Text,
    lines: Int = 1,
    hint: String? = null,
    cleared: Answer = Answer.Nothing,
) {
    // The hand's own text: an answer that is not one yet must not be taken from under it, and is said to be none.
    var text by remember { mutableStateOf(shown) }
    var unread by remember { mutableStateOf(false) }
    val below = listOfNotNull(stringResource(R.string.not_kept).takeIf { unread }, hint).joinToString(" · ")
    OutlinedTextField(
        text,
        {
            val answer = if (it.isBlank()) cleared else read(it)
            text = it
            unread = answer == null
            set(answer ?: cleared)
        },
        Modifier.fillMaxWidth(),
        isError = unread,
        supportingText = below.ifEmpty { null }?.let { { Text(it) } },
        keyboardOptions = KeyboardOptions(keyboardType = keyboard),
        singleLine = lines == 1,
        minLines = lines,
    )
}

/** Adds to what is there: additions that several people make while apart add up. */
@Composable
private fun Counter(sum: Answer.Integer?, added: Answer.Add?, set: (Answer) -> Unit) {
    val before = remember { (sum?.number ?: 0L) - (added?.number ?: 0L) }
    Text(stringResource(R.string.sum, sum?.number ?: 0))
    Typed(
        added.shownAddition(),
        String::asAddition,
        set,
        KeyboardType.Number,
        hint = stringResource(R.string.add),
        cleared = if (before == 0L) Answer.Nothing else Answer.Add(0),
    )
}

@Composable
private fun YesNo(answer: Answer.Boolean?, set: (Answer) -> Unit) {
    Row(verticalAlignment = Alignment.CenterVertically) {
        for ((yes, label) in listOf(true to R.string.yes, false to R.string.no)) {
            RadioButton(answer?.yes == yes, { set(Answer.Boolean(yes)) })
            Text(stringResource(label))
        }
    }
}

@Composable
private fun OneOf(choices: List<Choice>, chosen: String, set: (Answer) -> Unit) {
    for (choice in choices) {
        Row(verticalAlignment = Alignment.CenterVertically) {
            RadioButton(choice.code == chosen, { set(Answer.Text(choice.code)) })
            Text(choice.label.text(language()))
        }
    }
}

@Composable
private fun AnyOf(choices: List<Choice>, ticked: List<String>, set: (Answer) -> Unit) {
    for (choice in choices) {
        val on = choice.code in ticked
        Row(
            Modifier.toggleable(on) { set(Answer.Choices(if (on) ticked - choice.code else ticked + choice.code)) },
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Checkbox(on, null)
            Text(choice.label.text(language()))
        }
    }
}

/** Items with fields of their own. All of them are written: what is left out is removed. */
@Composable
private fun Group(
    field: Field,
    path: String,
    answer: Answer.Items?,
    check: Check?,
    lists: Map<String, ChoiceList>,
    set: (Answer) -> Unit,
) {
    val items = answer?.items.orEmpty()
    Column(verticalArrangement = Arrangement.spacedBy(8.dp)) {
        for ((place, item) in items.withIndex()) {
            key(item.id) {
                Card {
                    Column(Modifier.padding(12.dp)) {
                        val inside = "$path${field.id}/${item.id}/"
                        Fields(field.fields, inside, item.answers, emptyMap(), check, lists) { inner, value ->
                            val changed = item.copy(answers = item.answers + (inner to value))
                            set(Answer.Items(items.toMutableList().apply { this[place] = changed }))
                        }
                        TextButton({ set(Answer.Items(items - item)) }) { Text(stringResource(R.string.remove_item)) }
                    }
                }
            }
        }
        // The id is chosen here, so that checks and conflicts name the row from its first moment on.
        TextButton({ set(Answer.Items(items + Item("${UUID.randomUUID()}", emptyMap()))) }) {
            Text(stringResource(R.string.add_item))
        }
    }
}

/** The answers with an id for every item of a group: a row stays that row, whatever is added or removed above it. */
fun Map<String, Answer>.withIds(fields: List<Field>): Map<String, Answer> = mapValues { (id, answer) ->
    val group = fields.find { it.id == id && it.kind == FieldKind.GROUP }
    if (group == null || answer !is Answer.Items) {
        answer
    } else {
        Answer.Items(answer.items.map { Item(it.id ?: "${UUID.randomUUID()}", it.answers.withIds(group.fields)) })
    }
}

/** What is offered: no retired choice, unless it is the answer already. */
private fun offered(field: Field, lists: Map<String, ChoiceList>, answered: Set<String>): List<Choice> =
    lists[field.choices]?.choices.orEmpty().filter { !it.retired || it.code in answered }

private fun Answer?.shown(): String = text().orEmpty()

/** Of a draft that is opened again: what is typed over it takes its place. */
private fun Answer.Add?.shownAddition(): String = if (this == null || number == 0L) "" else "$number"

private fun Answer?.shownDate(): String = try {
    shownDate.format(LocalDate.parse(shown()))
} catch (incomplete: DateTimeException) {
    shown()
}

/** What [Answer.Integer] holds at most, and at least with a minus. */
private const val INTEGER_MAX = (1L shl 53) - 2

private val grouped = Regex("-?[0-9]{1,3}([.][0-9]{3})+")
private val decimal = Regex("-?[0-9]+([.][0-9]+)?")

private fun String.asText(): Answer = Answer.Text(this)

private fun String.asInteger(): Answer? = asWhole()?.let { Answer.Integer(it) }

private fun String.asAddition(): Answer? = asWhole()?.let { Answer.Add(it) }

/** Points stand between thousands, and nowhere else. */
private fun String.asWhole(): Long? {
    val text = filterNot { it.isWhitespace() }
    val plain = if (grouped.matches(text)) text.replace(".", "") else text
    return plain.toLongOrNull()?.takeIf { it in -INTEGER_MAX..INTEGER_MAX }
}

/** Vietnamese numbers, 1.234,5; but 12.5 is what a keyboard without a comma makes of 12,5. */
private fun String.asDecimal(): Answer? {
    val text = filterNot { it.isWhitespace() }
    val plain = if (',' in text || grouped.matches(text)) text.replace(".", "").replace(',', '.') else text
    return if (decimal.matches(plain)) Answer.Text(plain.toBigDecimal().toPlainString()) else null
}

private fun String.asDate(): Answer? = try {
    Answer.Text(LocalDate.parse(trim(), shownDate).toString())
} catch (incomplete: DateTimeException) {
    null
}

private fun String.asMoment(): Answer? = try {
    Answer.Moment(LocalDateTime.parse(trim(), shownMoment).atZone(zone).toInstant().toEpochMilli())
} catch (incomplete: DateTimeException) {
    null
}
