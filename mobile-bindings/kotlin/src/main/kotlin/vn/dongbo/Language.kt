// What people read, in Vietnamese first.

package vn.dongbo

/** The languages that every text for people comes in. */
enum class Language {
    /** Vietnamese: the one a field user reads. */
    VIETNAMESE,

    /** English. */
    ENGLISH,
}

/** The text in [language]. */
fun Localised.text(language: Language = Language.VIETNAMESE): String = pick(language, vi, en)

/** What happened, what was kept and what to do, in [language]. */
fun Problem.text(language: Language = Language.VIETNAMESE): String = pick(language, textVi, textEn)

/** What is not right yet, in [language]. */
fun Issue.text(language: Language = Language.VIETNAMESE): String = pick(language, textVi, textEn)

/** What happened to a change and what to do, in [language]. */
fun Attention.text(language: Language = Language.VIETNAMESE): String = pick(language, textVi, textEn)

/** Where a record stands, in a few words for a list. */
fun RecordStatus.label(language: Language = Language.VIETNAMESE): String =
    when (this) {
        RecordStatus.ON_THIS_DEVICE -> pick(language, "Chỉ trên máy này", "On this device")
        RecordStatus.RECEIVED -> pick(language, "Đã nhận", "Received")
        RecordStatus.AT_THE_DISTRICT -> pick(language, "Đã đến cấp huyện", "At the district")
        RecordStatus.BEING_CHECKED_AGAIN -> pick(language, "Đang kiểm tra lại", "Being checked again")
        RecordStatus.NEEDS_ATTENTION -> pick(language, "Cần xem lại", "Needs attention")
    }

private fun pick(language: Language, vi: String, en: String) =
    when (language) {
        Language.VIETNAMESE -> vi
        Language.ENGLISH -> en
    }
