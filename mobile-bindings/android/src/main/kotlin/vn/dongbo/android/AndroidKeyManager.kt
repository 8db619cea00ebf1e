package vn.dongbo.android

import android.content.Context
import android.content.pm.PackageManager
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import java.security.KeyStore
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import vn.dongbo.HostException
import vn.dongbo.KeyManager

private const val KEYSTORE = "AndroidKeyStore"
private const val CIPHER = "AES/GCM/NoPadding"
private const val KEY_BITS = 256
private const val TAG_BITS = 128
private const val NONCE_BYTES = 12

/**
 * One AES-256-GCM key per person in the Android Keystore, in StrongBox where the phone has one. The key never leaves it.
 *
 * What is wrapped is `nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes)`, bound to its alias.
 *
 * [authenticatedFor]: with a number of seconds, a key opens only that long after its owner unlocked the screen or showed
 * a finger; else the person's `unlock` says `key_manager`, and the app shows a `BiometricPrompt` and calls again. Such a
 * person cannot be synchronised in the background, and their key is gone for good when the screen lock is taken off. With
 * none (the default) the key opens whenever the app runs: the PIN is then what asks who is there.
 */
class AndroidKeyManager(context: Context, private val authenticatedFor: Int? = null) : KeyManager {
    private val packages = context.applicationContext.packageManager
    private val turn = Any()

    override fun wrap(alias: String, key: ByteArray): ByteArray = asHost {
        val cipher = try {
            encrypting(keyOf(alias) ?: make(alias))
        } catch (dead: KeyPermanentlyInvalidatedException) {
            // What it wrapped is lost already; the new key is for what is wrapped from now on.
            keyStore().deleteEntry(entry(alias))
            encrypting(make(alias))
        }
        cipher.updateAAD(alias.toByteArray())
        cipher.iv + cipher.doFinal(key)
    }

    override fun unwrap(alias: String, wrapped: ByteArray): ByteArray = asHost {
        val key = keyOf(alias) ?: throw HostException.Gone("there is no key of this alias")
        val nonce = GCMParameterSpec(TAG_BITS, wrapped, 0, NONCE_BYTES)
        val cipher = Cipher.getInstance(CIPHER).apply {
            init(Cipher.DECRYPT_MODE, key, nonce)
            updateAAD(alias.toByteArray())
        }
        cipher.doFinal(wrapped, NONCE_BYTES, wrapped.size - NONCE_BYTES)
    }

    override fun forget(alias: String) = asHost {
        val keys = keyStore()
        if (keys.containsAlias(entry(alias))) keys.deleteEntry(entry(alias))
    }

    private fun keyOf(alias: String): SecretKey? = keyStore().getKey(entry(alias), null) as SecretKey?

    private fun make(alias: String): SecretKey {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P && packages.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)) {
            try {
                return generate(spec(alias).setIsStrongBoxBacked(true).build())
            } catch (full: StrongBoxUnavailableException) {
                // Full, or without AES-256: the phone's usual keeper is the next best.
            }
        }
        return generate(spec(alias).build())
    }

    private fun spec(alias: String): KeyGenParameterSpec.Builder {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec = KeyGenParameterSpec.Builder(entry(alias), purposes)
            .setKeySize(KEY_BITS)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
        val seconds = authenticatedFor ?: return spec
        spec.setUserAuthenticationRequired(true)
        return if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
            val by = KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL
            spec.setUserAuthenticationParameters(seconds, by)
        } else {
            @Suppress("DEPRECATION")
            spec.setUserAuthenticationValidityDurationSeconds(seconds)
        }
    }

    private fun generate(spec: KeyGenParameterSpec): SecretKey =
        KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEYSTORE).apply { init(spec) }.generateKey()

    private fun encrypting(key: SecretKey): Cipher =
        // The Keystore chooses the nonce itself and accepts no other.
        Cipher.getInstance(CIPHER).apply { init(Cipher.ENCRYPT_MODE, key) }

    private fun keyStore(): KeyStore = KeyStore.getInstance(KEYSTORE).apply { load(null) }

    private fun entry(alias: String) = "dongbo.$alias"

    /**
     * Gone is what no waiting brings back: the key was invalidated or is not there, or it is another one than wrapped
     * this, as after a restore. Neither destroys anything: an administrator's reset opens the store. All else is for now.
     */
    private fun <T> asHost(work: () -> T): T =
        try {
            synchronized(turn, work)
        } catch (known: HostException) {
            throw known
        } catch (dead: Exception) {
            val causes = generateSequence<Throwable>(dead) { it.cause }
            val gone = causes.any { it is KeyPermanentlyInvalidatedException || it is AEADBadTagException }
            throw if (gone) HostException.Gone(dead.toString()) else HostException.Unavailable(dead.toString())
        }
}
