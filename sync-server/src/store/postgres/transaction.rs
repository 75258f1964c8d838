//! A transaction of a group, in which what can wait is written at once at the end.
//!
//! Every question to a server costs a round trip, so a group of appends asks twice: it begins, locks its space and looks up every record id and
//! slot it names; and it writes everything and commits. Statements that leave together are carried out in their order.

use std::cell::RefCell;
use std::collections::HashMap;

use cairn_wire::message::Side;
use cairn_wire::{RecordId, SlotId, SpaceId};
use deadpool_postgres::Object;
use tokio::runtime::Handle;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::link::has_ended;
use super::values::{fixed, number, side};
use super::writes::{Statements, Writes};
use super::{is_ours, spaces};
use crate::store::StoreError;
use crate::store::command::Command;
use crate::store::space::Space;

/// Parameters of a statement.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A group's transaction.
pub(super) struct Transaction<'a> {
    runtime: &'a Handle,
    client: &'a Object,
    /// What was looked up when it began.
    begun: RefCell<Begun>,
    writes: RefCell<Writes>,
}

/// What a group looks up when it begins.
#[derive(Default)]
struct Begun {
    space: Option<SpaceId>,
    loaded: Option<Space>,
    known: HashMap<RecordId, Option<u64>>,
    closed: HashMap<(SlotId, Side), bool>,
}

/// Why a group was not stored.
pub(super) enum Failed {
    /// Nothing of it is there.
    Undone(StoreError),
    /// The connection ended while it was committed: it may be there, whole.
    Unknown(StoreError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Undone(error)
    }
}

impl<'a> Transaction<'a> {
    /// Begins a transaction, locks the space that all of `commands` are about, if they are about one, and looks up what they name.
    pub(super) fn begin(
        runtime: &'a Handle,
        client: &'a Object,
        incarnation: u32,
        commands: &[Command],
    ) -> Result<Self, StoreError> {
        let begun = runtime.block_on(begin(client, incarnation, commands))?;
        Ok(Self {
            runtime,
            client,
            begun: RefCell::new(begun),
            writes: RefCell::default(),
        })
    }

    /// No transaction: each statement is one by itself.
    pub(super) fn outside(runtime: &'a Handle, client: &'a Object) -> Self {
        Self {
            runtime,
            client,
            begun: RefCell::default(),
            writes: RefCell::default(),
        }
    }

    /// Asks at once, after everything that was to be written.
    pub(super) fn query(&self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        self.flush()?;
        self.runtime.block_on(async {
            let statement = self.client.prepare_cached(sql).await?;
            Ok(self.client.query(&statement, params).await?)
        })
    }

    /// The one row there is, if there is one.
    pub(super) fn query_opt(&self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, params)?.into_iter().next())
    }

    /// The one row there is.
    pub(super) fn query_one(&self, sql: &'static str, params: Params<'_>) -> Result<Row, StoreError> {
        self.query_opt(sql, params)?.ok_or(StoreError::Damaged)
    }

    /// Changes rows at once, after everything that was to be written; how many.
    pub(super) fn execute(&self, sql: &'static str, params: Params<'_>) -> Result<u64, StoreError> {
        self.flush()?;
        self.runtime.block_on(async {
            let statement = self.client.prepare_cached(sql).await?;
            Ok(self.client.execute(&statement, params).await?)
        })
    }

    /// The space, locked: what was loaded when the group began, or loaded now.
    pub(super) fn locked(&self, id: &SpaceId) -> Result<Option<Space>, StoreError> {
        let mut begun = self.begun.borrow_mut();
        if begun.space == Some(*id) {
            begun.space = None;
            return Ok(begun.loaded.take());
        }
        drop(begun);
        self.flush()?;
        self.runtime.block_on(async {
            let loading = spaces::Loading::prepare(self.client).await?;
            loading.load(self.client, id).await
        })
    }

    pub(super) fn known_at_the_beginning(&self, id: &RecordId) -> Option<Option<u64>> {
        self.begun.borrow().known.get(id).copied()
    }

    pub(super) fn closed_at_the_beginning(&self, slot: &SlotId, side: Side) -> Option<bool> {
        self.begun.borrow().closed.get(&(*slot, side)).copied()
    }

    /// A slot is closed from now on.
    pub(super) fn note_closed(&self, slot: &SlotId, side: Side) {
        self.begun.borrow_mut().closed.insert((*slot, side), true);
    }

    /// What can wait until the end is put there; of another space, what was put there before is written first.
    pub(super) fn write_later(
        &self,
        space: &Space,
        put: impl FnOnce(&mut Writes) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.writes.borrow().is_of_another(&space.id) {
            self.flush()?;
        }
        let mut writes = self.writes.borrow_mut();
        writes.is_of(&space.id);
        put(&mut writes)
    }

    /// Writes what is still to be written.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        let writes = self.writes.take();
        if writes.is_empty() {
            return Ok(());
        }
        self.runtime.block_on(async {
            let statements = Statements::prepare(self.client).await?;
            writes.write(self.client, &statements).await
        })
    }

    /// Writes what is still to be written, and commits.
    pub(super) fn commit(self) -> Result<(), Failed> {
        let writes = self.writes.take();
        let (written, committed) = self.runtime.block_on(async {
            // Before anything leaves: what has to be prepared first would come after the commit.
            let statements = Statements::prepare(self.client).await?;
            Ok::<_, StoreError>(tokio::join!(
                biased;
                writes.write(self.client, &statements),
                self.client.batch_execute("COMMIT"),
            ))
        })?;
        // After a statement that failed, COMMIT undoes and says that it did. Where the connection ended, nobody knows how far it came.
        match (written, committed) {
            (Ok(()), Ok(())) => Ok(()),
            (Err(error), _) if !ended(&error) => Err(Failed::Undone(error)),
            (Err(error), _) => Err(Failed::Unknown(error)),
            (Ok(()), Err(error)) => Err(Failed::Unknown(error.into())),
        }
    }
}

/// Whether it is the connection that failed, and no statement.
fn ended(error: &StoreError) -> bool {
    match error {
        StoreError::Postgres(error) => error.code().is_none() || has_ended(error),
        _ => false,
    }
}

/// One look into the index for each. Asked for all in one condition, PostgreSQL reads every record of a space wherever it takes its spaces for
/// small, as before it has counted any: then each append costs what the space holds.
pub(super) const KNOWN: &str = "SELECT found.record_id, found.seq FROM unnest($2::bytea[]) AS asked (id)
    CROSS JOIN LATERAL (SELECT record_id, seq FROM log WHERE space = $1 AND record_id = asked.id LIMIT 1) AS found";

/// As [`KNOWN`].
pub(super) const CLOSED: &str = "SELECT found.slot, found.side FROM unnest($2::bytea[]) AS asked (slot)
    CROSS JOIN LATERAL (SELECT slot, side FROM slot_closed WHERE space = $1 AND slot = asked.slot OFFSET 0) AS found";

async fn begin(client: &Object, incarnation: u32, commands: &[Command]) -> Result<Begun, StoreError> {
    let own = client.prepare_cached("SELECT incarnation FROM relay").await?;
    let Some(space) = commands.first().and_then(Command::space).copied() else {
        let (begun, relay) = tokio::join!(biased; client.batch_execute("BEGIN"), client.query(&own, &[]));
        begun?;
        is_ours(&relay?, incarnation)?;
        return Ok(Begun::default());
    };
    let headers = || commands.iter().flat_map(Command::headers);
    let ids: Vec<_> = headers().map(|header| header.record_id.as_bytes().as_slice()).collect();
    let slots = || {
        headers()
            .map(|header| &header.slot)
            .chain(commands.iter().filter_map(Command::slot))
    };
    let slot_bytes: Vec<_> = slots().map(|slot| slot.as_bytes().as_slice()).collect();
    let known = client.prepare_cached(KNOWN).await?;
    let closed = client.prepare_cached(CLOSED).await?;
    let loading = spaces::Loading::prepare(client).await?;
    let id = space.as_bytes().as_slice();
    let known_params: [&(dyn ToSql + Sync); 2] = [&id, &ids];
    let closed_params: [&(dyn ToSql + Sync); 2] = [&id, &slot_bytes];
    let (begun, relay, loaded, known, closed) = tokio::join!(
        biased;
        client.batch_execute("BEGIN"),
        client.query(&own, &[]),
        loading.load(client, &space),
        client.query(&known, &known_params),
        client.query(&closed, &closed_params),
    );
    begun?;
    is_ours(&relay?, incarnation)?;
    let mut found = Begun {
        space: Some(space),
        loaded: loaded?,
        ..Begun::default()
    };
    found.known = headers().map(|header| (header.record_id, None)).collect();
    for slot in slots() {
        for side in [Side::Participant, Side::Specialist] {
            found.closed.insert((*slot, side), false);
        }
    }
    for row in known? {
        let id = fixed(&row, 0)?;
        found.known.insert(RecordId::from_bytes(id), Some(number(&row, 1)?));
    }
    for row in closed? {
        let slot = SlotId::from_bytes(fixed(&row, 0)?);
        found.closed.insert((slot, side(&row, 1)?), true);
    }
    Ok(found)
}
