// What people read, in Vietnamese first.

import Foundation

/// The languages that every text for people comes in.
public enum Language: Sendable {
    /// Vietnamese: the one a field user reads.
    case vietnamese
    /// English.
    case english

    /// English where the phone is set to it, else Vietnamese.
    public static var current: Language {
        Locale.preferredLanguages.first?.hasPrefix("en") == true ? .english : .vietnamese
    }

    func pick(_ vi: String, _ en: String) -> String {
        switch self {
        case .vietnamese: vi
        case .english: en
        }
    }
}

extension Localised {
    /// The text in a language.
    public func text(_ language: Language = .current) -> String { language.pick(vi, en) }
}

extension Problem {
    /// What happened, what was kept and what to do.
    public func text(_ language: Language = .current) -> String { language.pick(textVi, textEn) }
}

extension Issue {
    /// What is not right yet.
    public func text(_ language: Language = .current) -> String { language.pick(textVi, textEn) }
}

extension Attention {
    /// What happened to a change and what to do.
    public func text(_ language: Language = .current) -> String { language.pick(textVi, textEn) }
}

extension RecordStatus {
    /// Where a record stands, in a few words for a list.
    public func label(_ language: Language = .current) -> String {
        switch self {
        case .onThisDevice: language.pick("Chỉ trên máy này", "On this device")
        case .received: language.pick("Đã nhận", "Received")
        case .atTheDistrict: language.pick("Đã đến cấp huyện", "At the district")
        case .beingCheckedAgain: language.pick("Đang kiểm tra lại", "Being checked again")
        case .needsAttention: language.pick("Cần xem lại", "Needs attention")
        }
    }
}
