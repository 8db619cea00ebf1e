// Writing answers down, and reading them.

package vn.dongbo

import java.math.BigDecimal
import java.time.Instant
import java.time.LocalDate

@DslMarker
private annotation class AnswersDsl

/**
 * Answers by field, for [Replica.create], [Replica.edit] and [Replica.check]:
 *
 * ```
 * answers {
 *     "title" to "Ra quân tuyên truyền chuyển đổi số"
 *     "held_on" to LocalDate.of(2023, 3, 26)
 *     "themes" to setOf("ND.1")
 *     "no_secret" to true
 *     "participants" to items { item { "group" to "residents"; "count" to 40 } }
 * }
 * ```
 *
 * Nothing is checked here; [Replica.check] says what a form thinks of it.
 */
fun answers(write: AnswersBuilder.() -> Unit): Map<String, Answer> = AnswersBuilder().apply(write).build()

/** The receiver of [answers]. A field that is written twice keeps the last answer. */
@AnswersDsl
class AnswersBuilder internal constructor() {
    private val answers = LinkedHashMap<String, Answer>()

    /** A text or paragraph, the code of a choice, the id of a referenced record, or a geopoint as text. */
    infix fun String.to(text: String) = write(Answer.Text(text))

    /** A whole number. */
    infix fun String.to(number: Int) = write(Answer.Integer(number.toLong()))

    /** A whole number. */
    infix fun String.to(number: Long) = write(Answer.Integer(number))

    /** A decimal. There is none for floating point: what a person typed has a last digit. */
    infix fun String.to(number: BigDecimal) = write(Answer.Text(number.toPlainString()))

    /** Yes or no. */
    infix fun String.to(yes: Boolean) = write(Answer.Boolean(yes))

    /** A calendar date. */
    infix fun String.to(date: LocalDate) = write(Answer.Text(date.toString()))

    /** An instant, to the millisecond. */
    infix fun String.to(instant: Instant) = write(Answer.Moment(instant.toEpochMilli()))

    /** The codes of a field with many choices. */
    infix fun String.to(codes: Set<String>) = write(Answer.Choices(codes.toList()))

    /** The items of a group list or of attachments; see [items]. */
    infix fun String.to(items: List<Item>) = write(Answer.Items(items))

    /** An answer as it was read. */
    infix fun String.to(answer: Answer) = write(answer)

    /** Anything else would be a pair that goes nowhere. */
    @Deprecated("No field takes this", level = DeprecationLevel.ERROR)
    infix fun String.to(@Suppress("UNUSED_PARAMETER") other: Any?): Unit = throw IllegalArgumentException(this)

    /** Adds to a counter; may be negative. */
    infix fun String.add(number: Long) = write(Answer.Add(number))

    /** Takes the answer away. */
    fun clear(field: String) = field.write(Answer.Nothing)

    /** Items of a list, in order. */
    fun items(write: ItemsBuilder.() -> Unit): List<Item> = ItemsBuilder().apply(write).build()

    private fun String.write(answer: Answer) {
        answers[this] = answer
    }

    internal fun build(): Map<String, Answer> = answers.toMap()
}

/** The receiver of [AnswersBuilder.items]. */
@AnswersDsl
class ItemsBuilder internal constructor() {
    private val items = mutableListOf<Item>()

    /** One item. [id]: that of an item that is there already; none: a new one. */
    fun item(id: String? = null, write: AnswersBuilder.() -> Unit) {
        items += Item(id, answers(write))
    }

    internal fun build(): List<Item> = items.toList()
}

/** The answer as the text a person reads, choices by their codes; none if there is none. */
fun Answer?.text(): String? =
    when (this) {
        null, Answer.Nothing -> null
        is Answer.Text -> text
        is Answer.Integer -> number.toString()
        is Answer.Boolean -> if (yes) "có" else "không"
        is Answer.Moment -> Instant.ofEpochMilli(ms).toString()
        is Answer.Choices -> codes.joinToString(", ")
        is Answer.Items -> items.joinToString("; ") { item -> item.answers.values.mapNotNull { it.text() }.joinToString(" ") }
        is Answer.Add -> if (number < 0) "$number" else "+$number"
    }
