package vn.dongbo.sample

import vn.dongbo.Answer
import vn.dongbo.Check
import vn.dongbo.ChoiceList
import vn.dongbo.Field
import vn.dongbo.FieldKind
import vn.dongbo.Form
import vn.dongbo.Language
import vn.dongbo.Replica
import vn.dongbo.get
import vn.dongbo.text

/** Choices of a list that are drawn; a phone would scroll. */
private const val CHOICES_DRAWN = 4

/** Any form of any campaign as lines of text: nothing here knows plan 244. */
class TextForm private constructor(private val form: Form, private val lists: Map<String, ChoiceList>) {
    companion object {
        suspend fun of(replica: Replica, form: String) =
            TextForm(replica.forms().single { it.id == form }, replica.choiceLists().associateBy { it.id })
    }

    /** The question at a path. */
    fun label(path: String): String = form.fields.find { it.id == path.substringBefore('/') }?.label?.text() ?: path

    /** The form with these answers: a line a question that is asked now, and what is not right about it. */
    fun draw(answers: Map<String, Answer>, check: Check): List<String> =
        listOf("┌ ${form.title.text()}  /  ${form.title.text(Language.ENGLISH)}") +
            form.fields.filter { check[it.id]?.relevant != false }.flatMap { field ->
                val star = if (field.required) "*" else " "
                val issues = check[field.id]?.issues.orEmpty().filter { answers.isNotEmpty() }
                listOf("│$star${field.label.text()}: ${answers[field.id]?.let { shown(field, it) } ?: blank(field)}") +
                    issues.map { "│   ! ${it.text()}" }
            } + "└"

    private fun blank(field: Field): String =
        when (field.kind) {
            FieldKind.TEXT -> "________"
            FieldKind.PARAGRAPH -> "________ (nhiều dòng)"
            FieldKind.INTEGER, FieldKind.DECIMAL -> "[số${field.min?.let { " ≥ $it" }.orEmpty()}]"
            FieldKind.COUNTER -> "[+1]"
            FieldKind.BOOLEAN -> "( ) có  ( ) không"
            FieldKind.DATE -> "[ngày]"
            FieldKind.MOMENT -> "[ngày giờ]"
            FieldKind.CHOICE -> choices(field, "( )")
            FieldKind.CHOICES -> choices(field, "[ ]")
            FieldKind.GEOPOINT -> "[vị trí]"
            FieldKind.GROUP -> "[+ ${field.fields.joinToString { it.label.text() }}]"
            FieldKind.REFERENCE -> "[chọn bản ghi]"
            FieldKind.ATTACHMENTS -> "[+ tệp]"
            FieldKind.UNKNOWN -> "—"
        }

    private fun choices(field: Field, box: String): String {
        val offered = lists[field.choices]?.choices.orEmpty().filterNot { it.retired }
        val more = if (offered.size > CHOICES_DRAWN) "  … (${offered.size})" else ""
        return offered.take(CHOICES_DRAWN).joinToString("  ") { "$box ${it.label.text()}" } + more
    }

    private fun shown(field: Field, answer: Answer): String {
        fun label(code: String) = lists[field.choices]?.choices?.find { it.code == code }?.label?.text() ?: code
        return when {
            answer is Answer.Choices -> answer.codes.joinToString("; ", transform = ::label)
            answer is Answer.Text && field.kind == FieldKind.CHOICE -> label(answer.text)
            answer is Answer.Text && field.kind == FieldKind.DATE -> answer.text.split('-').reversed().joinToString("/")
            answer is Answer.Items -> answer.items.joinToString("; ") { item ->
                field.fields.mapNotNull { part -> item.answers[part.id]?.let { shown(part, it) } }.joinToString(": ")
            }
            else -> answer.text().orEmpty()
        }
    }
}
