import CairnFFI

/// The Rust library behind this package.
public enum Library {
    /// Loads the library and checks that it and this package are of one build; stops the process where they are not.
    ///
    /// The first call into Cairn does the same by itself. Call it off the main thread while the app starts, so that no first
    /// screen waits for it. Safe from any thread, and free when it was called before.
    public static func load() {
        uniffiEnsureCairnFfiInitialized()
    }
}
