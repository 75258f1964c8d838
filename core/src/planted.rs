//! Defects that the suite plants, one at a time, to prove that the test of an attack, or of what is shown whatever happens, fails without the check it is about.
//!
//! A check reads `if !is_signed(..) && !planted!(ForgedHead)`. Without the feature `planted`, which nothing but the suite
//! sets, `planted!(..)` is `false` and neither the names nor the place they are kept in are compiled.

#[cfg(not(feature = "planted"))]
macro_rules! planted {
    ($defect:ident) => {
        false
    };
}

#[cfg(feature = "planted")]
macro_rules! planted {
    ($defect:ident) => {
        crate::planted::is(crate::planted::Defect::$defect)
    };
}

#[cfg(feature = "planted")]
pub use defects::{Defect, Planted, is, plant};

#[cfg(feature = "planted")]
mod defects {
    use std::cell::Cell;

    thread_local! {
        static PLANTED: Cell<Option<Defect>> = const { Cell::new(None) };
    }

    /// A check that is missing.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Defect {
        /// A head counts whoever signed it.
        ForgedHead,
        /// A head counts in whatever incarnation of the relay's store.
        IncarnationUnread,
        /// Another incarnation of a relay's store counts whoever says so.
        IncarnationUnsigned,
        /// A device goes along with as many incarnations as a relay likes.
        AnewAtOnce,
        /// A head that falls behind an earlier one counts.
        RollbackFollowed,
        /// A head counts however large its numbers.
        NumbersUnbounded,
        /// An item of a page counts as the next one, whatever number it names.
        NumbersUnread,
        /// A page counts whatever chain its records make.
        ChainUnread,
        /// A head that another device verified is not held against the chain computed here.
        ForkUnseen,
        /// Whatever the relay calls replaced was replaced.
        StubsBelieved,
        /// A record is sealed to its key alone, not to its header.
        HeaderUnbound,
        /// A record opens whatever key it commits to.
        CommitmentUnread,
        /// A document may lie in any slot.
        SlotUnread,
        /// Whoever is named as author is the author.
        SignatureUnread,
        /// An author need not be a device of the person.
        StrangerHeard,
        /// A link counts whoever signed it.
        StrangerLinks,
        /// Somebody counts in a relationship as whom they were before.
        FormerPersona,
        /// A record is read as one of the first suite, whatever it says.
        SuiteUnread,
        /// Every record is sealed under the same nonce.
        NonceRepeats,
        /// A record is as long as what it says.
        Unpadded,
        /// A record that does not open ends the round.
        FailureTold,
        /// A record takes over whether or not it contains what is here.
        AncestryUnread,
        /// What was erased may come back.
        GoneForgotten,
        /// A receipt counts whoever signed it.
        ReceiptUnread,
        /// Any six digits are the right ones.
        DigitsUnread,
        /// Digits may be tried without end.
        TriesUncounted,
        /// A reveal need not be the one the code commits to.
        RevealUnread,
        /// Keys of a home space count without a chain that vouches for them.
        WelcomeUnproven,
        /// A vault that holds words may join another.
        JoinsWithWords,
        /// A mailbox is named by the secret of the code.
        SecretSent,
        /// A key of small order is a key.
        WeakKeys,
        /// What the relay says it has stored is stored.
        WordTaken,
        /// A share that ended is shown again when it arrives again.
        EndedShareShown,
        /// An old head is as good as a new one.
        AgeUnsaid,
        /// An answer that is no younger than the one before it is another contact with the relay.
        OldContact,
        /// A record counts in whatever space it turns up.
        SpaceUnread,
        /// Whatever stands in the log of two people is one's own.
        Reflected,
        /// Either of two people says what is the other's to say.
        SideUnread,
        /// What is older takes the place of what is shown.
        OlderShown,
        /// What is shown takes the place of what another person shows.
        OthersReplaced,
        /// A view counts whoever it is for.
        RecipientUnread,
        /// A specialist stops what a participant shows.
        SpecialistStops,
        /// What a specialist's app tells counts of every share of the participant's.
        ToldAcross,
        /// An acceptance may lie in the other's place.
        AcceptanceUnplaced,
        /// A page of a meeting counts under whatever name it lies.
        PageUnplaced,
        /// A page of a meeting counts whatever it holds.
        PageUnread,
        /// A message counts though what it is about was stopped.
        StopUnheard,
        /// A specialist's own story may tell the participant what to do.
        DirectsUnread,
        /// Only the device's own clock says whether something is over.
        LocalTimeAlone,
        /// What is over by one clock alone is let go of for good.
        OneClockPurges,
        /// What nobody has proposed can be accepted.
        UnproposedAccepted,
        /// What the other one said first keeps its name from one's own words.
        NameTaken,
        /// A message counts whatever preferences its author has seen.
        PreferencesUnread,
        /// What was stopped stays where it was read.
        StoppedStays,
        /// What was locked away from contact is never locked.
        LeaseEndless,
        /// Views leave in a pause too.
        PausedShows,
        /// What was taken away of something that is shown stays shown.
        WideStays,
        /// The end of a relationship ends nothing that is shown in it.
        EndStopsNothing,
    }

    /// A defect of this thread, until it is dropped.
    #[derive(Debug)]
    #[must_use]
    pub struct Planted(());

    impl Drop for Planted {
        fn drop(&mut self) {
            PLANTED.set(None);
        }
    }

    /// Plants a defect in whatever this thread does from now on.
    pub fn plant(defect: Defect) -> Planted {
        PLANTED.set(Some(defect));
        Planted(())
    }

    /// Whether this thread has that defect.
    pub fn is(defect: Defect) -> bool {
        PLANTED.get() == Some(defect)
    }
}
