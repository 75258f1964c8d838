//! A log that begins anew: what was known of the one before holds no more.

use super::{StoreError, Tx};

impl Tx<'_> {
    /// The relay of the home space has lost its log. Of everything here it is to be found out anew whether it stands there: states of
    /// documents, tombstones, attachments. `why` is the reason of an erasure, as tombstones number it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn forget_home_log(&self, why: u8) -> Result<(), StoreError> {
        for sql in [
            "UPDATE sibling SET seq = 0, epoch = 0",
            "UPDATE entry_attachment SET held = 0",
            "UPDATE flat_attachment SET held = 0",
            "UPDATE attachment SET sent = 0",
            "DELETE FROM attachment_release",
        ] {
            self.run(sql, [])?;
        }
        self.close_gone_again(why)
    }
}
