#if canImport(Darwin)
import Foundation

/// Where everybody's records lie.
public enum DongboFolder {
    /// `Application Support/dongbo`: made if it is not there, left out of every backup, and readable from the first time the
    /// phone was unlocked after it was started, so that a background sync can open it.
    ///
    /// A copy of a store on a second phone would be a second device with the first one's key, and the key of the keychain
    /// does not come along: so nothing of it is backed up.
    public static func make() throws -> String {
        let files = FileManager.default
        var folder = try files.url(for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
            .appendingPathComponent("dongbo", isDirectory: true)
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        #if os(iOS)
        let protection = FileProtectionType.completeUntilFirstUserAuthentication
        try files.setAttributes([.protectionKey: protection], ofItemAtPath: folder.path)
        #endif
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try folder.setResourceValues(values)
        return folder.path
    }
}
#endif
