//! Where a vault lies and what it is called.

use std::path::PathBuf;

/// Where a vault lies and what the person calls this device.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultConfig {
    /// The folder of the vault; made when it is not there. Apps exclude it from backups of the operating system.
    pub directory: PathBuf,
    /// The name of this device, as the person's other devices will show it.
    pub device_name: String,
    /// The SQLite file system to use in place of the platform's; tests put a simulated disk here.
    pub vfs: Option<String>,
}

/// Shows neither path nor name.
impl std::fmt::Debug for VaultConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VaultConfig(…)")
    }
}

impl VaultConfig {
    /// A vault in `directory` on a device called `device_name`.
    pub fn new(directory: impl Into<PathBuf>, device_name: impl Into<String>) -> Self {
        Self {
            directory: directory.into(),
            device_name: device_name.into(),
            vfs: None,
        }
    }
}
