package vn.dongbo.sample.android

import androidx.compose.runtime.Composable
import androidx.compose.ui.platform.LocalConfiguration
import java.time.Instant
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.ResolverStyle
import vn.dongbo.Language

/** Vietnamese unless the phone is set to English. */
@Composable
fun language(): Language {
    val english = LocalConfiguration.current.locales[0].language == "en"
    return if (english) Language.ENGLISH else Language.VIETNAMESE
}

/** The time zone that campaigns of this country count in. */
val zone: ZoneId = ZoneId.of("Asia/Ho_Chi_Minh")

// Strict: else 31/02 would be kept as 28/02, and the screen would show what was typed.
val shownDate: DateTimeFormatter = DateTimeFormatter.ofPattern("dd/MM/uuuu").withResolverStyle(ResolverStyle.STRICT)
val shownMoment: DateTimeFormatter = DateTimeFormatter.ofPattern("dd/MM/uuuu HH:mm").withResolverStyle(ResolverStyle.STRICT)

fun moment(ms: Long): String = shownMoment.format(Instant.ofEpochMilli(ms).atZone(zone))
