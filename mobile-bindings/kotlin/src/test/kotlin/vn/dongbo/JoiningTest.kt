package vn.dongbo

import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import vn.dongbo.support.COMMUNE
import vn.dongbo.support.DEADLINE_MS
import vn.dongbo.support.TestHub
import vn.dongbo.support.newActivity
import vn.dongbo.support.refused
import vn.dongbo.support.scenario
import vn.dongbo.support.sync

/** From an invitation to a form on the screen. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JoiningTest {
    private val hub = TestHub()

    @AfterAll fun close() = hub.close()

    @Test
    fun `somebody joins and has forms, units and a name`() = scenario {
        val phone = hub.phone()
        val replica = phone.enrol(hub.invite("Nguyễn Thị Hòa"), "  Chị Hòa ", null)
        assertFalse(replica.joined())
        assertNull(replica.memberName())
        refused("not_ready", Kept.DRAFT) { replica.newActivity("Ra quân chuyển đổi số") }
        // Nothing was typed into these, so that no draft is spoken of.
        refused("not_ready", Kept.EVERYTHING) { replica.newDraft("activity", COMMUNE) }
        assertFalse("nháp" in refused("not_ready", Kept.EVERYTHING) { replica.check("activity", mapOf()) }.textVi)
        replica.join(DEADLINE_MS)
        assertTrue(replica.joined())
        assertEquals("Nguyễn Thị Hòa", replica.memberName())
        val person = phone.people().single()
        assertEquals(Triple("Chị Hòa", "kh244", PersonState.Ready), Triple(person.name, person.campaign, person.state))
        assertEquals(hub.link.origin, person.hub)
        assertEquals(replica.personId(), person.id)
        assertTrue(replica.summary().lastSyncMs != null)
        assertTrue(replica.units().any { it.id == COMMUNE && it.name == "Xã Hoà Long" })
        assertTrue(replica.creatable().any { it.form == "activity" && "$COMMUNE-20250701" in it.units })
        // Asked again, nothing is done twice.
        assertEquals(0u, replica.join(DEADLINE_MS).received)
    }

    @Test
    fun `every form can be drawn`() = scenario {
        val replica = hub.joined("Trần Văn Bình")
        val (forms, lists) = replica.forms() to replica.choiceLists().associateBy { it.id }
        assertTrue(forms.size >= 20, "${forms.map { it.id }}")
        assertTrue(lists.values.all { list -> list.choices.isNotEmpty() && list.choices.all { it.label.vi.isNotBlank() } })
        for (form in forms) {
            assertTrue(form.title.vi.isNotBlank() && form.title.en.isNotBlank(), form.id)
            assertTrue(form.fields.isNotEmpty(), form.id)
            for (field in form.fields + form.fields.flatMap { it.fields }) {
                val where = "${form.id}.${field.id}"
                assertTrue(field.kind != FieldKind.UNKNOWN, where)
                assertTrue(field.label.vi.isNotBlank() && field.label.en.isNotBlank(), where)
                when (field.kind) {
                    FieldKind.CHOICE, FieldKind.CHOICES -> assertTrue(field.choices in lists, where)
                    FieldKind.GROUP -> assertTrue(field.fields.isNotEmpty(), where)
                    FieldKind.REFERENCE -> assertTrue(forms.any { it.id == field.references }, where)
                    else -> Unit
                }
            }
            // An empty form is described too, and says what it lacks.
            val check = replica.check(form.id, mapOf())
            assertTrue(check.allIssues().isNotEmpty() && check.allIssues().all { it.textVi.isNotBlank() }, form.id)
        }
    }

    @Test
    fun `what is no invitation is said at once, and leaves nobody behind`() = scenario {
        val phone = hub.phone()
        val link = hub.invite("Võ Minh Đức")
        for (nonsense in listOf("", "xin chào", "https://example.vn/join", link.replace("code=", "kode="), "$link&code=2")) {
            refused("invalid_invitation") { phone.enrol(nonsense, "Đức") }
        }
        refused("invalid_name") { phone.enrol(link, "   ") }
        refused("invalid_pin") { phone.enrol(link, "Đức", "1") }
        assertEquals(listOf<Person>(), phone.people())
    }

    @Test
    fun `a wrong code and another hub's root are refused, and the right invitation still works`() = scenario {
        val link = hub.invite("Phạm Thị Lan")
        val phone = hub.phone()
        val wrongCode = phone.enrol(link.replace(Regex("code=[^&]*"), "code=AAAAAAAAAAAAAAAAAAAAAA"), "Lan")
        refused("unknown_invite") { wrongCode.join(DEADLINE_MS) }
        val root = Regex("root=([0-9a-f]*)").find(link)!!.groupValues[1]
        val foreign = phone.enrol(link.replace(root, root.reversed()), "Lan")
        refused(setOf("other_root", "bad_proof")) { foreign.join(DEADLINE_MS) }
        val right = phone.enrol(link, "Lan")
        right.join(DEADLINE_MS)
        assertEquals("Phạm Thị Lan", right.memberName())
        // It was for one device.
        val second = hub.phone().enrol(link, "Lan")
        refused("used_invite") { second.join(DEADLINE_MS) }
        right.sync()
    }
}
