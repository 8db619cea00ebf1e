import Dongbo
import Foundation

/// A key manager for tests. **Not for phones.** It wraps nothing: it keeps what it is given in memory and hands out a
/// ticket for it, so that everything it wrapped ends with this process.
public final class StaticKeyManager: KeyManager, @unchecked Sendable {
    private let lock = NSLock()
    private var keys: [String: [Data: Data]] = [:]

    public init() {}

    public func wrap(alias: String, key: Data) throws -> Data {
        let ticket = Data((0..<16).map { _ in UInt8.random(in: .min ... .max) })
        lock.withLock { keys[alias, default: [:]][ticket] = key }
        return ticket
    }

    public func unwrap(alias: String, wrapped: Data) throws -> Data {
        try lock.withLock {
            guard let wrappedHere = keys[alias] else { throw HostError.Gone(reason: "there is no key \(alias)") }
            guard let key = wrappedHere[wrapped] else { throw HostError.Unavailable(reason: "not wrapped under \(alias)") }
            return key
        }
    }

    public func forget(alias: String) throws {
        lock.withLock { _ = keys.removeValue(forKey: alias) }
    }
}
