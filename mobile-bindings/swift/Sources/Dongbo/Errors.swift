// Errors, without asking for each kind.

extension DongboError {
    /// What happened, whichever kind of error it is. Show `problem.text()`, not `localizedDescription`: that one is for logs.
    public var problem: Problem {
        switch self {
        case .Input(let problem), .NotAllowed(let problem), .Locked(let problem), .Network(let problem),
            .Storage(let problem), .NotNow(let problem), .Ended(let problem), .Unexpected(let problem):
            problem
        }
    }

    /// The stable code of what happened: `wrong_pin`, `disk_full`...
    public var code: String { problem.code }
}
