//! A log that begins anew: what was known of the one before holds no more.

use super::{StoreError, Tx};

impl Tx<'_> {
    /// The relay of the home space has lost its log. Of everything here it is to be found out anew whether it stands there: states of
    /// documents, tombstones, attachments. The reasons of an erasure, and of an edition that began anew, are as tombstones number them.
    ///
    /// Who erased an entry or wrote in it stays known with the number it had: a removal that is heard of later is held against that.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn forget_home_log(&self, (erased, begun_anew): (u8, u8)) -> Result<(), StoreError> {
        for sql in [
            "UPDATE sibling SET epoch = 0",
            "UPDATE entry_attachment SET held = 0",
            "UPDATE flat_attachment SET held = 0",
            "UPDATE attachment SET sent = 0",
        ] {
            self.run(sql, [])?;
        }
        self.close_gone_again(erased)?;
        self.close_earlier_again(begun_anew)
    }
}
