//! A file under a passphrase, in the format of the [`age`] tool: what it seals is opened with `age --decrypt`, by anybody, without us.
//!
//! The bytes go through the cipher as they are written and as they are read: no plaintext file lies anywhere in between. `age`
//! draws the file's key and salt itself, from the operating system; the core's `Entropy` cannot be put in its place.

use crate::exchange::{ExportError, ImportError};
use crate::limits;
use age::secrecy::SecretString;
use age::stream::StreamWriter;
use age::{DecryptError, Decryptor, EncryptError, Encryptor};
use std::io::{self, Read, Seek, Write};
use std::iter;

/// How every sealed file begins.
const MAGIC: &[u8] = b"age-encryption.org/v1";

/// Something that an archive is read from.
pub(in crate::exchange) trait Source: Read + Seek + Send {}

impl<R: Read + Seek + Send> Source for R {}

/// Seals everything that is written to the answer; `finish` ends it.
pub(super) fn lock<'a>(
    passphrase: &str,
    sink: &'a mut dyn Write,
) -> Result<StreamWriter<&'a mut dyn Write>, ExportError> {
    let mut recipient = age::scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
    recipient.set_work_factor(limits::EXPORT_SCRYPT_LOG2);
    let encryptor = Encryptor::with_recipients(iter::once(&recipient as &dyn age::Recipient)).map_err(|error| {
        let kind = match error {
            EncryptError::Io(error) => error.kind(),
            _ => io::ErrorKind::Other,
        };
        ExportError::Unwritable { kind }
    })?;
    Ok(encryptor.wrap_output(sink)?)
}

/// What a file holds: itself, or where it is sealed, what lies below the seal.
pub(in crate::exchange) fn unlock(
    mut source: Box<dyn Source>,
    passphrase: Option<&str>,
) -> Result<Box<dyn Source>, ImportError> {
    let mut magic = [0; MAGIC.len()];
    source.rewind()?;
    let is_sealed = source.read_exact(&mut magic).is_ok() && magic == MAGIC;
    source.rewind()?;
    if !is_sealed {
        return Ok(source);
    }
    let passphrase = passphrase.ok_or(ImportError::NeedsPassphrase)?;
    let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase.to_owned()));
    identity.set_max_work_factor(limits::IMPORT_SCRYPT_LOG2_MAX);
    let opened = Decryptor::new(source)
        .map_err(refused)?
        .decrypt(iter::once(&identity as &dyn age::Identity));
    Ok(Box::new(opened.map_err(refused)?))
}

fn refused(error: DecryptError) -> ImportError {
    match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => ImportError::WrongPassphrase,
        DecryptError::NoMatchingKeys => ImportError::OtherKey,
        DecryptError::ExcessiveWork { .. } => ImportError::TooMuchWork,
        DecryptError::Io(error) => error.into(),
        _ => ImportError::Damaged,
    }
}
