// What a form says to the answers so far.

package vn.dongbo

/** Everything that is not right yet: of the fields in their order, then of the record as a whole. */
fun Check.allIssues(): List<Issue> = fields.flatMap { it.issues } + issues

/** What is said of one field, by its path: `title`, `authors/{item}/name`. */
operator fun Check.get(path: String): FieldCheck? = fields.firstOrNull { it.path == path }
