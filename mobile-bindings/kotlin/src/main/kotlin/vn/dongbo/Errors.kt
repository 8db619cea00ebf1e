// Errors, without asking for each kind.

package vn.dongbo

/** What happened, whichever kind of error it is. */
val DongboException.problem: Problem
    get() =
        when (this) {
            is DongboException.Input -> problem
            is DongboException.NotAllowed -> problem
            is DongboException.Locked -> problem
            is DongboException.Network -> problem
            is DongboException.Storage -> problem
            is DongboException.NotNow -> problem
            is DongboException.Ended -> problem
            is DongboException.Unexpected -> problem
        }

/** The stable code of what happened: `wrong_pin`, `disk_full`... */
val DongboException.code: String
    get() = problem.code
