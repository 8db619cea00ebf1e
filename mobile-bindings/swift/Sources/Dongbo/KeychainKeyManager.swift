#if canImport(Security) && canImport(CryptoKit)
import CryptoKit
import Foundation
import Security

/// One AES-256 key per person in the keychain of this device. The key does not leave the device, not by a backup and not
/// by iCloud, and is there from the first time the phone was unlocked after it was started.
///
/// What is wrapped is nonce, ciphertext and tag as CryptoKit combines them, bound to its alias.
public final class KeychainKeyManager: KeyManager {
    private let service: String

    /// - Parameter service: under which the keys lie; one for each app.
    public init(service: String = "vn.dongbo.keys") {
        self.service = service
    }

    public func wrap(alias: String, key: Data) throws -> Data {
        let with = try existing(alias) ?? made(alias)
        do {
            let box = try AES.GCM.seal(key, using: with, authenticating: Data(alias.utf8))
            guard let combined = box.combined else { throw HostError.Unavailable(reason: "the nonce is not a usual one") }
            return combined
        } catch let error as CryptoKitError {
            throw HostError.Unavailable(reason: "\(error)")
        }
    }

    public func unwrap(alias: String, wrapped: Data) throws -> Data {
        guard let with = try existing(alias) else {
            throw HostError.Gone(reason: "there is no key of this alias, as on a phone put back from a backup")
        }
        do {
            return try AES.GCM.open(AES.GCM.SealedBox(combined: wrapped), using: with, authenticating: Data(alias.utf8))
        } catch CryptoKitError.authenticationFailure {
            throw HostError.Gone(reason: "another key wrapped this")
        } catch {
            throw HostError.Unavailable(reason: "\(error)")
        }
    }

    public func forget(alias: String) throws {
        let status = SecItemDelete(item(alias) as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else { throw unavailable(status) }
    }

    private func existing(_ alias: String) throws -> SymmetricKey? {
        var query = item(alias)
        query[kSecReturnData] = true
        query[kSecMatchLimit] = kSecMatchLimitOne
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query as CFDictionary, &found)
        switch (status, found as? Data) {
        case (errSecSuccess, let data?): return SymmetricKey(data: data)
        case (errSecItemNotFound, _): return nil
        default: throw unavailable(status)
        }
    }

    private func made(_ alias: String) throws -> SymmetricKey {
        let key = SymmetricKey(size: .bits256)
        var new = item(alias)
        new[kSecValueData] = key.withUnsafeBytes { Data($0) }
        new[kSecAttrAccessible] = kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly
        let status = SecItemAdd(new as CFDictionary, nil)
        switch status {
        case errSecSuccess: return key
        case errSecDuplicateItem:
            // Made by another thread in this moment.
            guard let key = try existing(alias) else { throw unavailable(status) }
            return key
        default: throw unavailable(status)
        }
    }

    private func item(_ alias: String) -> [CFString: Any] {
        [
            kSecClass: kSecClassGenericPassword,
            kSecAttrService: service,
            kSecAttrAccount: alias,
            kSecAttrSynchronizable: false,
            kSecUseDataProtectionKeychain: true,
        ]
    }

    /// Whatever it is, it may be another way later: before the first unlock the keychain answers nobody.
    private func unavailable(_ status: OSStatus) -> HostError {
        .Unavailable(reason: SecCopyErrorMessageString(status, nil) as String? ?? "OSStatus \(status)")
    }
}
#endif
