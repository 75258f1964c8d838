//! Who may do what.

/// On which side of a relationship a person stands. There is no third role: nobody administers, supervises or looks over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// The person whose journal it is.
    Participant = 0,
    /// The peer support specialist.
    Specialist = 1,
}

impl Role {
    /// The number of this side, in a support space and in the data.
    pub const fn side(self) -> u8 {
        self as u8
    }

    /// The role on the side with this number.
    pub const fn from_side(side: u8) -> Option<Self> {
        match side {
            0 => Some(Self::Participant),
            1 => Some(Self::Specialist),
            _ => None,
        }
    }

    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Participant => Self::Specialist,
            Self::Specialist => Self::Participant,
        }
    }
}

/// What can be done in a relationship. There is no action "ask for access": what is not shown is not spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Write, revise, trash, restore or erase an entry; read any entry.
    UseJournal,
    /// Write or read the whole profile.
    UseProfile,
    /// Ask a specialist to come along.
    Invite,
    /// Accept an invitation.
    Accept,
    /// Build and release a shared view, or the shared part of the profile.
    Share,
    /// Stop a share.
    StopSharing,
    /// Read what was shared, while it is.
    ReadShared,
    /// End the relationship.
    End,
    /// See who saw what.
    ReadAccessLog,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::UseJournal,
        Self::UseProfile,
        Self::Invite,
        Self::Accept,
        Self::Share,
        Self::StopSharing,
        Self::ReadShared,
        Self::End,
        Self::ReadAccessLog,
    ];
}

/// Whether a person in this role may do this, about the participant of that relationship.
pub const fn may(role: Role, action: Action) -> bool {
    match role {
        Role::Participant => !matches!(action, Action::Accept),
        Role::Specialist => matches!(action, Action::Accept | Action::ReadShared | Action::End),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_exactly_what_the_table_says() {
        let table = [
            (Action::UseJournal, true, false),
            (Action::UseProfile, true, false),
            (Action::Invite, true, false),
            (Action::Accept, false, true),
            (Action::Share, true, false),
            (Action::StopSharing, true, false),
            (Action::ReadShared, true, true),
            (Action::End, true, true),
            (Action::ReadAccessLog, true, false),
        ];
        assert_eq!(table.map(|(action, ..)| action), Action::ALL);
        for (action, participant, specialist) in table {
            assert_eq!(may(Role::Participant, action), participant, "{action:?}");
            assert_eq!(may(Role::Specialist, action), specialist, "{action:?}");
        }
    }

    #[test]
    fn a_side_is_one_of_two() {
        for role in [Role::Participant, Role::Specialist] {
            assert_eq!(Role::from_side(role.side()), Some(role));
            assert_eq!(role.other().other(), role);
        }
        assert_eq!(Role::from_side(2), None);
    }
}
