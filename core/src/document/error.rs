//! What can go wrong, and whose fault it is.

/// A document that could not be made, read or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The record names a first change this version cannot make. A newer version wrote it: show it, do not edit it.
    #[error("this version does not know first change {version}")]
    UnknownGenesis {
        /// The version the record names.
        version: u16,
    },
    /// The bytes are not a document. They were admitted once, so the store is damaged.
    #[error("these bytes are not a document")]
    Unreadable,
    /// The document lacks what every document of its kind has, or holds it in another shape. A newer version or a
    /// damaged writer made it: set it aside.
    #[error("the document does not have the shape of its kind")]
    Shape,
    /// Two changes bear the same actor and number: a device was copied or restored and went on under its old name. That
    /// device takes a new one; of the two documents the one at hand is kept.
    #[error("two changes bear the same name")]
    SameActorTwice,
    /// A name the layout keeps for itself was given for a field. The caller's fault.
    #[error("this name of a field is taken")]
    NameTaken,
    /// Automerge refused the change. A defect in this room; nothing was changed.
    #[error("the change was refused")]
    Refused,
    /// Automerge panicked, now or in an earlier call; the document in memory is gone. Load it again from its bytes.
    #[error("the document had to be thrown away")]
    ThrownAway,
}

/// Why bytes were not admitted as a document. The number is kept with the quarantined record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[repr(u8)]
#[non_exhaustive]
pub enum Refused {
    /// They do not begin as Automerge's chunks do.
    #[error("not a chunk")]
    NotAChunk = 1,
    /// A chunk of another kind than a document: a change, a bundle.
    #[error("not a document chunk")]
    NotADocument = 2,
    /// A deflated chunk or column: its size is unknown until it is unpacked.
    #[error("deflated inside")]
    Deflated = 3,
    /// The bytes end before what they announce.
    #[error("cut short")]
    CutShort = 4,
    /// Bytes after the end.
    #[error("bytes after the end")]
    Trailing = 5,
    /// A number of more than 64 bits, or one not in its shortest form.
    #[error("a number out of form")]
    Number = 6,
    /// A column this version does not write, or columns out of order.
    #[error("an unknown column")]
    Column = 7,
    /// Columns that contradict each other or the tables before them.
    #[error("columns that do not agree")]
    Disagree = 8,
    /// An operation this version does not write: maps, lists, marks, counters.
    #[error("an unknown operation")]
    Operation = 9,
    /// More rows in one column than [`crate::limits::DOCUMENT_ROWS_MAX`].
    #[error("too many rows")]
    TooManyRows = 10,
    /// More changes than [`crate::limits::DOCUMENT_CHANGES_MAX`].
    #[error("too many changes")]
    TooManyChanges = 11,
    /// More containers than [`crate::limits::DOCUMENT_OBJECTS_MAX`].
    #[error("too many containers")]
    TooManyObjects = 12,
    /// More actors, or more heads, than [`crate::limits::DOCUMENT_ACTORS_MAX`].
    #[error("too many actors")]
    TooManyActors = 13,
    /// An actor whose name is not 16 bytes, is out of order, or made no change.
    #[error("an actor out of form")]
    Actor = 14,
    /// Automerge could not read them.
    #[error("unreadable")]
    Unreadable = 15,
    /// Automerge panicked on them; it was caught.
    #[error("panicked")]
    Panicked = 16,
    /// Their heads are not those the record names.
    #[error("other heads than named")]
    Heads = 17,
    /// A document, but not of the layout.
    #[error("not of the layout")]
    Shape = 18,
    /// Saved and loaded again they are another document.
    #[error("not the same after saving")]
    Unstable = 19,
    /// No thread could be started to look at them. Not their fault: try again later.
    #[error("no thread to look at them")]
    NoThread = 20,
}

impl Refused {
    /// The number that is kept with a quarantined record.
    pub const fn number(self) -> u8 {
        self as u8
    }
}
