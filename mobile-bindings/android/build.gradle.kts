// Đồng Bộ for Android: the generated Kotlin, the facade of ../kotlin, and what only Android has.
//
// NOT BUILT in this project's CI: there is no Android SDK, no NDK and no device there. Written against Gradle 9.1,
// Android Gradle plugin 9.0, NDK r28 and cargo-ndk 4. See README.md for what has not been shown.

import javax.inject.Inject
import org.gradle.process.ExecOperations
import org.jetbrains.kotlin.gradle.tasks.KotlinCompile

plugins {
    id("com.android.library") version "9.0.0"
    id("com.android.application") version "9.0.0" apply false
    // The version of the Kotlin that is built into this Android Gradle plugin.
    id("org.jetbrains.kotlin.plugin.compose") version "2.2.10" apply false
}

/** From Android 8.0: java.time and AES-GCM in the Keystore are there without more. */
val sdkMin = 26
val sdkTarget = 36

android {
    namespace = "vn.dongbo.android"
    compileSdk = sdkTarget
    // r28 aligns to 16 KB pages by itself; the flag below says so for older ones too.
    ndkVersion = "28.2.13676358"

    defaultConfig {
        minSdk = sdkMin
        consumerProguardFiles("consumer-rules.pro")
    }

    lint { targetSdk = sdkTarget }

    // One source, whichever platform: nothing of ../generated and ../kotlin is copied.
    sourceSets.named("main") {
        kotlin.directories += setOf("../generated/kotlin", "../kotlin/src/main/kotlin")
    }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

// Keys in a plain file are for tests on a JVM, never for a phone; the command-line sample is of no use here.
tasks.withType<KotlinCompile>().configureEach {
    exclude("**/vn/dongbo/StaticKeyManager.kt", "**/vn/dongbo/sample/**")
}

dependencies {
    // The generated code calls the library through JNA; the aar brings its native part for each ABI.
    api("net.java.dev.jna:jna:5.19.1@aar")
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.10.2")
    api("androidx.work:work-runtime-ktx:2.10.0")
}

/** Builds `libdongbo_mobile.so` for every ABI. Cargo itself knows what is up to date. */
abstract class CargoNdk @Inject constructor(private val exec: ExecOperations) : DefaultTask() {
    @get:Internal abstract val workspace: DirectoryProperty

    @get:Internal abstract val ndk: DirectoryProperty

    @get:Input abstract val abis: ListProperty<String>

    @get:Input abstract val api: Property<Int>

    @get:OutputDirectory abstract val libraries: DirectoryProperty

    init {
        outputs.upToDateWhen { false }
    }

    @TaskAction
    fun build() {
        val targets = abis.get().flatMap { listOf("-t", it) }
        val out = libraries.get().asFile
        exec.exec {
            workingDir = workspace.get().asFile
            environment("ANDROID_NDK_HOME", ndk.get().asFile.path)
            val cargo = File(System.getenv("CARGO_HOME") ?: "${System.getProperty("user.home")}/.cargo")
            // What a panic says of its place begins with the crate, not with this computer's folders.
            val remapped = cargo.resolve("registry/src").listFiles().orEmpty().joinToString("") { " --remap-path-prefix=$it/=" }
            for (triple in listOf("AARCH64_LINUX_ANDROID", "X86_64_LINUX_ANDROID")) {
                val flags = "-C force-frame-pointers=yes -C link-arg=-Wl,-z,max-page-size=16384$remapped"
                environment("CARGO_TARGET_${triple}_RUSTFLAGS", flags)
            }
            commandLine(
                listOf("cargo", "ndk") + targets +
                    listOf("--platform", "${api.get()}", "-o", out.path) +
                    // As `cargo xtask library` does, which says why.
                    listOf("rustc", "--locked", "--profile", "mobile", "--package", "dongbo-mobile") +
                    listOf("--features", "dongbo-mobile/silent", "--lib", "--crate-type", "cdylib"),
            )
        }
        for (abi in abis.get()) {
            val library = out.resolve("$abi/libdongbo_mobile.so")
            check(library.isFile) { "cargo-ndk made no $library" }
            if ("64" in abi) checkPages(library)
        }
    }

    /** A library whose segments are not aligned to 16 KB does not load on phones with such pages. */
    private fun checkPages(library: File) {
        val hosts = ndk.get().dir("toolchains/llvm/prebuilt").asFile.listFiles().orEmpty()
        val readelf = hosts.map { it.resolve("bin/llvm-readelf") }.first { it.exists() }
        val output = java.io.ByteArrayOutputStream()
        exec.exec {
            commandLine(readelf.path, "--program-headers", "--wide", library.path)
            standardOutput = output
        }
        val alignments = output.toString().lines().map(String::trim).filter { it.startsWith("LOAD") }
            .map { java.lang.Long.decode(it.substringAfterLast(' ')) }
        check(alignments.isNotEmpty() && alignments.all { it >= PAGE_BYTES }) {
            "$library is aligned to $alignments, not to $PAGE_BYTES bytes"
        }
    }

    private companion object {
        const val PAGE_BYTES = 16_384L
    }
}

androidComponents {
    onVariants { variant ->
        val name = variant.name.replaceFirstChar(Char::uppercase)
        val cargo = tasks.register<CargoNdk>("cargoNdk$name") {
            group = "build"
            description = "Builds the Rust core for every ABI"
            workspace = layout.projectDirectory.dir("../..")
            ndk = sdkComponents.ndkDirectory
            abis = listOf("arm64-v8a", "armeabi-v7a", "x86", "x86_64")
            api = sdkMin
        }
        variant.sources.jniLibs?.addGeneratedSourceDirectory(cargo, CargoNdk::libraries)
    }
}
