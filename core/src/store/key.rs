//! Handing the key to SQLCipher: the one unsafe call of the core.
//!
//! `PRAGMA key` would do it without `unsafe`, but SQLite copies the text of a statement into memory of its own that
//! nobody wipes. `sqlite3_key` takes a buffer that is ours to wipe.
#![allow(
    unsafe_code,
    reason = "rusqlite has no call for a key; a PRAGMA would leave the key in SQLite's memory"
)]

use super::StoreError;
use rusqlite::{Connection, ffi};
use zeroize::Zeroizing;

/// `x'`, two digits for each of 32 bytes, `'`: the form in which SQLCipher takes a key as it is, without PBKDF2.
const RAW_KEY_LEN: usize = 2 + 64 + 1;

/// Sets the key of a connection that has read nothing yet.
pub(super) fn unlock(connection: &Connection, key: &[u8; 32]) -> Result<(), StoreError> {
    set_key(connection, raw_form(key).as_slice())
}

/// Sets the key of a database that is to be made, and the salt it begins with.
pub(super) fn unlock_with_salt(connection: &Connection, key: &[u8; 32], salt: &[u8; 16]) -> Result<(), StoreError> {
    let mut raw = Zeroizing::new(Vec::with_capacity(RAW_KEY_LEN + 2 * salt.len()));
    raw.extend_from_slice(&raw_form(key)[..RAW_KEY_LEN - 1]);
    raw.extend(salt.iter().flat_map(|byte| digits(*byte)));
    raw.push(b'\'');
    set_key(connection, &raw)
}

fn set_key(connection: &Connection, raw: &[u8]) -> Result<(), StoreError> {
    let length = i32::try_from(raw.len()).map_err(|_| StoreError::Misuse)?;
    // SAFETY: the handle belongs to `connection`, which is borrowed for the whole call and used by no other thread
    // (`Connection` is not `Sync`). `raw` is a live buffer of `length` bytes that SQLCipher only reads, and copies
    // before it returns.
    let code = unsafe { ffi::sqlite3_key(connection.handle(), raw.as_ptr().cast(), length) };
    if code == ffi::SQLITE_OK {
        Ok(())
    } else {
        Err(StoreError::Misuse)
    }
}

fn raw_form(key: &[u8; 32]) -> Zeroizing<[u8; RAW_KEY_LEN]> {
    let mut raw = Zeroizing::new([b'\''; RAW_KEY_LEN]);
    raw[0] = b'x';
    for (digits, byte) in raw[2..].as_chunks_mut::<2>().0.iter_mut().zip(key) {
        *digits = self::digits(*byte);
    }
    raw
}

fn digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_sqlcipher_reads_a_raw_one() {
        let mut key = [0; 32];
        key[0] = 0x0f;
        key[31] = 0xa0;
        let mut expected = b"x'0f".to_vec();
        expected.extend([b'0'; 60]);
        expected.extend(b"a0'");
        assert_eq!(raw_form(&key).as_slice(), expected);
    }
}
