package vn.dongbo

import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.StandardCopyOption.ATOMIC_MOVE
import java.nio.file.StandardCopyOption.REPLACE_EXISTING
import java.nio.file.attribute.PosixFilePermissions
import java.security.GeneralSecurityException
import java.security.SecureRandom
import java.util.Base64
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.SecretKeySpec

private const val KEY_BYTES = 32
private const val NONCE_BYTES = 12
private const val TAG_BITS = 128
private const val CIPHER = "AES/GCM/NoPadding"

/**
 * A key manager for tests and command-line programs. **Not for phones**: its keys lie in memory or in a plain file that
 * anybody who reads the disk can read. On Android use the Keystore.
 *
 * One AES-256-GCM key per alias. What is wrapped is `nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes)`, bound to its alias.
 */
class StaticKeyManager private constructor(private val file: Path?) : KeyManager {
    private val random = SecureRandom()
    private val keys = mutableMapOf<String, ByteArray>()

    companion object {
        /** Keys that end with this process. */
        fun inMemory(): StaticKeyManager = StaticKeyManager(null)

        /**
         * Keys in a file, readable by its owner only: a line for each, alias and base64 key. It is made with the first
         * key.
         *
         * @throws IOException the file is there and cannot be read, or is no such file
         */
        @Throws(IOException::class)
        fun inFile(file: Path): StaticKeyManager = StaticKeyManager(file).apply { read() }
    }

    /** @throws HostException.Unavailable the key could not be kept */
    override fun wrap(alias: String, key: ByteArray): ByteArray = synchronized(keys) {
        val with = keys[alias] ?: ByteArray(KEY_BYTES).also {
            random.nextBytes(it)
            keep(keys + (alias to it))
        }
        val nonce = ByteArray(NONCE_BYTES).also(random::nextBytes)
        nonce + cipher(Cipher.ENCRYPT_MODE, alias, with, nonce).doFinal(key)
    }

    /**
     * @throws HostException.Gone there is no key of this alias
     * @throws HostException.Unavailable this was not wrapped under that key
     */
    override fun unwrap(alias: String, wrapped: ByteArray): ByteArray = synchronized(keys) {
        val with = keys[alias] ?: throw HostException.Gone("there is no key $alias")
        if (wrapped.size < NONCE_BYTES) throw HostException.Unavailable("too short")
        try {
            cipher(Cipher.DECRYPT_MODE, alias, with, wrapped.copyOf(NONCE_BYTES))
                .doFinal(wrapped, NONCE_BYTES, wrapped.size - NONCE_BYTES)
        } catch (error: AEADBadTagException) {
            throw HostException.Unavailable("not wrapped under $alias: ${error.message}")
        } catch (error: GeneralSecurityException) {
            throw HostException.Unavailable(error.toString())
        }
    }

    /** @throws HostException.Unavailable the file could not be written: the key is still there */
    override fun forget(alias: String) = synchronized(keys) {
        if (alias in keys) keep(keys - alias)
    }

    private fun cipher(mode: Int, alias: String, key: ByteArray, nonce: ByteArray): Cipher =
        Cipher.getInstance(CIPHER).apply {
            init(mode, SecretKeySpec(key, "AES"), GCMParameterSpec(TAG_BITS, nonce))
            updateAAD(alias.toByteArray())
        }

    private fun read() {
        if (file == null || !Files.exists(file)) return
        Files.readAllLines(file).forEach { line ->
            val (alias, key) = line.split(' ').takeIf { it.size == 2 } ?: throw IOException("$file holds no keys")
            keys[alias] = Base64.getDecoder().decode(key)
        }
    }

    /** Keeps the keys: in the file first, whole or not at all, then in memory. */
    private fun keep(next: Map<String, ByteArray>) {
        if (file != null) {
            try {
                write(file, next.map { (alias, key) -> "$alias ${Base64.getEncoder().encodeToString(key)}" })
            } catch (error: IOException) {
                throw HostException.Unavailable(error.toString())
            }
        }
        keys.clear()
        keys.putAll(next)
    }

    private fun write(file: Path, lines: List<String>) {
        val beside = file.resolveSibling("${file.fileName}.tmp")
        Files.deleteIfExists(beside)
        val ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        Files.createFile(beside, ownerOnly)
        Files.write(beside, lines)
        Files.move(beside, file, ATOMIC_MOVE, REPLACE_EXISTING)
    }
}
