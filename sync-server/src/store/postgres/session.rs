//! Sessions that any node knows.

use cairn_wire::{Nonce, PublicKey, SpaceId};
use deadpool_postgres::Object;

use super::values::{fixed, int, most, number};
use crate::session::TokenHash;
use crate::store::{SharedSession, StoreError};

/// Keeps a session and the newest `keep` of its key, and uses its challenge up: whether nobody had used it before.
pub(super) async fn begin(
    client: &Object,
    session: &SharedSession,
    nonce: &Nonce,
    ends_ms: u64,
    keep: usize,
) -> Result<bool, StoreError> {
    let using = client
        .prepare_cached("INSERT INTO challenge_used (nonce, expires_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .await?;
    let used = client
        .execute(&using, &[&nonce.as_bytes().as_slice(), &int(ends_ms)?])
        .await?;
    if used == 0 {
        return Ok(false);
    }
    let (space, key) = (session.space.as_bytes().as_slice(), session.key.as_bytes().as_slice());
    let keeping = client
        .prepare_cached("INSERT INTO session (space, token, key, expires_ms) VALUES ($1, $2, $3, $4)")
        .await?;
    client
        .execute(
            &keeping,
            &[&space, &session.token.as_slice(), &key, &int(session.expires_ms)?],
        )
        .await?;
    let forgetting = client
        .prepare_cached(
            "DELETE FROM session WHERE space = $1 AND token IN
               (SELECT token FROM session WHERE space = $1 AND key = $2 AND token <> $3
                ORDER BY expires_ms DESC OFFSET $4)",
        )
        .await?;
    let others = most(keep.saturating_sub(1));
    client
        .execute(&forgetting, &[&space, &key, &session.token.as_slice(), &others])
        .await?;
    Ok(true)
}

/// Whose session it is, if there is one, and when it ends.
pub(super) async fn find(
    client: &Object,
    space: &SpaceId,
    token: &TokenHash,
    now_ms: u64,
) -> Result<Option<(PublicKey, u64)>, StoreError> {
    let statement = client
        .prepare_cached("SELECT key, expires_ms FROM session WHERE space = $1 AND token = $2 AND expires_ms > $3")
        .await?;
    let row = client
        .query_opt(
            &statement,
            &[&space.as_bytes().as_slice(), &token.as_slice(), &int(now_ms)?],
        )
        .await?;
    row.map(|row| Ok((PublicKey::from_bytes(fixed(&row, 0)?), number(&row, 1)?)))
        .transpose()
}
