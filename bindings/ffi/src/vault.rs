//! The vault: everything one person owns on one device.

use cairn_core::vault::{Doctor as CoreDoctor, Vault as CoreVault, VaultConfig as CoreConfig};
use std::sync::Arc;
use zeroize::Zeroizing;

use crate::background::background;
use crate::{
    Devices, Editing, Journal, KeyStore, Observer, Profile, Subscription, Support, Sync, Transport, VaultError,
    key_store, observer, silent_debug, transport,
};

/// Where a vault lies and what the person calls this device.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct VaultConfig {
    /// The folder of the vault; made when it is not there. Exclude it from backups of the operating system, and on iOS
    /// give it the protection class "complete until first user authentication" if you sync in the background.
    pub directory: String,
    /// The name of this device, as the person's other devices will show it.
    pub device_name: String,
}

/// What was found to be not as it should be, in sentences for a person. None holds a word of the journal.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Doctor {
    /// Whether nothing was found that is not as it should be.
    pub is_well: bool,
    /// What was found.
    pub lines: Vec<String>,
}

/// What became of a damaged vault.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Repaired {
    /// Whether there was anything to repair. If not, nothing was changed.
    pub was_damaged: bool,
    /// Whether everything that was in the damaged file is here.
    pub is_whole: bool,
    /// Whether this device is to be added again, by another one or by the recovery phrase, before it syncs.
    pub is_to_join: bool,
    /// All of that, in sentences for the person.
    pub lines: Vec<String>,
}

/// Looks at every page of the vault in this folder, which nothing may have open, and where it is damaged moves the database aside
/// and makes a new one of what can be read. For a vault that answers `StorageDamaged`. It needs room for about three times the database,
/// and tried again it goes on where it was broken off. `passphrase` is asked for where one is set.
#[uniffi::export(default(passphrase = None))]
pub async fn repair(
    config: VaultConfig,
    key_store: Arc<dyn KeyStore>,
    passphrase: Option<String>,
) -> Result<Repaired, VaultError> {
    let config = CoreConfig::new(config.directory, config.device_name);
    let passphrase = passphrase.map(Zeroizing::new);
    let repaired = CoreVault::repair(config, Arc::new(key_store::Lent(key_store)), passphrase).await?;
    Ok(Repaired {
        was_damaged: repaired.was_damaged,
        is_whole: repaired.is_whole,
        is_to_join: repaired.is_to_join,
        lines: repaired.lines,
    })
}

silent_debug!(VaultConfig);

/// Everything one person owns on one device. Safe from any thread.
///
/// Open it once, when the app starts, and keep it: it holds threads of its own, and every call is carried out there. To
/// cancel a call is to stop waiting for it: what was asked for is carried out whole or not at all.
///
/// A program that ends by itself suspends the vault first. Nothing is lost where it does not, but the database below may
/// crash the program while it ends. (A phone ends apps without asking them, which harms nothing.)
#[derive(Debug, uniffi::Object)]
pub struct Vault(pub(crate) CoreVault);

#[uniffi::export]
impl Vault {
    /// Opens the vault in the folder of the configuration, or begins one there. One under a passphrase or PIN is locked at first: ask
    /// `isLocked`, and call `unlock`.
    ///
    /// Throws `Erased` where everything was to be erased by now: it is, and opened again the folder holds a new, empty vault.
    ///
    /// Without a transport it works as it does without a network: whole. A second vault on the same folder is a mistake;
    /// an app extension must not open one.
    #[uniffi::constructor(default(transport = None))]
    pub async fn open(
        config: VaultConfig,
        key_store: Arc<dyn KeyStore>,
        transport: Option<Arc<dyn Transport>>,
    ) -> Result<Arc<Self>, VaultError> {
        let opened = background("cairn-open", move || {
            let config = CoreConfig::new(config.directory, config.device_name);
            let transport = transport.map(|lent| Arc::new(transport::Lent(lent)) as Arc<_>);
            Ok(CoreVault::open(
                config,
                Arc::new(key_store::Lent(key_store)),
                transport,
            )?)
        });
        Ok(Arc::new(Self(opened.await?)))
    }

    /// What the person writes.
    pub fn journal(&self) -> Result<Arc<Journal>, VaultError> {
        Ok(Arc::new(Journal(self.0.journal())))
    }

    /// What the person prefers.
    pub fn profile(&self) -> Result<Arc<Profile>, VaultError> {
        Ok(Arc::new(Profile(self.0.profile())))
    }

    /// Between the person and a peer support specialist.
    pub fn support(&self) -> Result<Arc<Support>, VaultError> {
        Ok(Arc::new(Support(self.0.support())))
    }

    /// The person's own devices.
    pub fn devices(&self) -> Result<Arc<Devices>, VaultError> {
        Ok(Arc::new(Devices(self.0.devices())))
    }

    /// Agreement with the person's other devices.
    pub fn sync(&self) -> Result<Arc<Sync>, VaultError> {
        Ok(Arc::new(Sync(self.0.sync())))
    }

    /// Tells the observer of every change, until the subscription is cancelled or nobody holds it.
    pub fn observe(&self, observer: Arc<dyn Observer>) -> Result<Arc<Subscription>, VaultError> {
        Ok(Arc::new(Subscription(
            self.0.observe(Arc::new(observer::Lent(observer))),
        )))
    }

    /// Call it when an editor opens, and end what it gives when that is closed: until then no observer is told of what another person has sent. Sync goes on.
    pub fn begin_editing(&self) -> Result<Arc<Editing>, VaultError> {
        Ok(Arc::new(Editing(self.0.begin_editing())))
    }

    /// Closes every file and forgets every key: call it when the app goes to the background, because iOS ends an app
    /// that holds a file lock while it sleeps. Until `resume`, every other call throws `Suspended`. Twice is once.
    ///
    /// Where a passphrase is set its key alone stays in memory, so that coming back asks for nothing, until the vault locks itself. Call
    /// `lock` first where nothing is to stay.
    pub async fn suspend(&self) -> Result<(), VaultError> {
        Ok(self.0.suspend().await?)
    }

    /// Opens the vault again; a locked one stays locked. Twice is once.
    pub async fn resume(&self) -> Result<(), VaultError> {
        Ok(self.0.resume().await?)
    }

    /// Examines the storage, and says in plain words what was set aside and why.
    pub async fn doctor(&self) -> Result<Doctor, VaultError> {
        let CoreDoctor { is_well, lines } = self.0.doctor().await?;
        Ok(Doctor { is_well, lines })
    }
}
