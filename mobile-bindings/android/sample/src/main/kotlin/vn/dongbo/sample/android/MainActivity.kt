package vn.dongbo.sample.android

import android.content.Intent
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import vn.dongbo.Draft
import vn.dongbo.Replica
import vn.dongbo.android.SyncWorker

/** Where the person is. */
sealed interface Screen {
    data object People : Screen

    data class Records(val replica: Replica) : Screen

    data class NewRecord(val replica: Replica, val form: String, val unit: String) : Screen

    data class KeptDraft(val replica: Replica, val draft: Draft) : Screen

    data class OneRecord(val replica: Replica, val record: String) : Screen

    data class EditRecord(val replica: Replica, val record: String) : Screen
}

/** Everything the sample shows: people, their records, any form, conflicts. */
class MainActivity : ComponentActivity() {
    private var invitation by mutableStateOf<String?>(null)

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        invitation = intent.dataString
        SyncWorker.keepInSync(this)
        setContent {
            MaterialTheme {
                Surface(Modifier.safeDrawingPadding()) { App(invitation) }
            }
        }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        invitation = intent.dataString
    }
}

@Composable
private fun App(invitation: String?) {
    var screen by remember { mutableStateOf<Screen>(Screen.People) }
    val above = above(screen)
    BackHandler(enabled = above != null) { above?.let { screen = it } }
    when (val here = screen) {
        Screen.People -> PeopleScreen(invitation) { screen = Screen.Records(it) }
        is Screen.Records -> RecordsScreen(here.replica) { screen = it }
        is Screen.OneRecord -> RecordScreen(here.replica, here.record) { screen = it }
        is Screen.NewRecord ->
            FormScreen(here.replica, { newDraft(here.form, here.unit) }) { screen = Screen.Records(here.replica) }
        is Screen.KeptDraft -> FormScreen(here.replica, { here.draft }) { screen = Screen.Records(here.replica) }
        is Screen.EditRecord ->
            FormScreen(here.replica, { editDraft(here.record) }) { screen = Screen.OneRecord(here.replica, here.record) }
    }
}

private fun above(screen: Screen): Screen? =
    when (screen) {
        Screen.People -> null
        is Screen.Records -> Screen.People
        is Screen.NewRecord -> Screen.Records(screen.replica)
        is Screen.KeptDraft -> Screen.Records(screen.replica)
        is Screen.OneRecord -> Screen.Records(screen.replica)
        is Screen.EditRecord -> Screen.OneRecord(screen.replica, screen.record)
    }
