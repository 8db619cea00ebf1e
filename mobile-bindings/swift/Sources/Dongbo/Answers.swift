// Writing answers down, and reading them.

import Foundation

/// Answers by field, for ``Replica/create(form:unit:answers:draft:annuls:)``, `edit`, `check` and drafts:
///
/// ```swift
/// let answers: Answers = [
///     "title": "Ra quân tuyên truyền chuyển đổi số",
///     "held_on": .date(year: 2023, month: 3, day: 26),
///     "themes": .codes(["ND.1"]),
///     "no_secret": true,
///     "participants": .list([["group": "residents", "count": 40]]),
/// ]
/// ```
///
/// Nothing is checked here; `check` says what a form thinks of it.
public typealias Answers = [String: Answer]

/// A text or paragraph, the code of a choice, the id of a referenced record, or a geopoint as text.
extension Answer: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) {
        self = .text(text: text)
    }
}

/// A whole number.
extension Answer: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: Int64) {
        self = .integer(number: number)
    }
}

/// Yes or no.
extension Answer: ExpressibleByBooleanLiteral {
    public init(booleanLiteral yes: Bool) {
        self = .boolean(yes: yes)
    }
}

extension Answer {
    /// A decimal. There is none for floating point: what a person typed has a last digit.
    public static func decimal(_ number: Decimal) -> Answer {
        .text(text: number.description)
    }

    /// A calendar date.
    public static func date(year: Int, month: Int, day: Int) -> Answer {
        .text(text: padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2))
    }

    /// An instant, to the millisecond.
    public static func instant(_ date: Date) -> Answer {
        .moment(ms: Int64((date.timeIntervalSince1970 * 1_000).rounded()))
    }

    /// The codes of a field with many choices.
    public static func codes(_ codes: Set<String>) -> Answer {
        .choices(codes: codes.sorted())
    }

    /// New items of a group list. To keep items that are there, write ``Item`` values with their ids.
    public static func list(_ items: [Answers]) -> Answer {
        .items(items: items.map { Item(answers: $0) })
    }

    /// The answer as the text a person reads, choices by their codes; none if there is none.
    public func text(_ language: Language = .current) -> String? {
        switch self {
        case .nothing: nil
        case .text(let text): text
        case .integer(let number): "\(number)"
        case .boolean(let yes): yes ? language.pick("có", "yes") : language.pick("không", "no")
        case .moment(let ms): Date(timeIntervalSince1970: Double(ms) / 1_000).formatted()
        case .choices(let codes): codes.joined(separator: ", ")
        case .items(let items):
            items.map { item in
                item.answers.sorted { $0.key < $1.key }.compactMap { $0.value.text(language) }.joined(separator: " ")
            }.joined(separator: "; ")
        case .add(let number): number < 0 ? "\(number)" : "+\(number)"
        }
    }
}

private func padded(_ number: Int, _ digits: Int) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}
