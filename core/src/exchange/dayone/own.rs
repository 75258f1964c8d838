//! What Day One cannot say: kept under a key of our own, which Day One passes over.

pub(super) use crate::exchange::dates::INSTANTS_MS;
use crate::moment::{Moment, Precision};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The key of an entry under which it stands.
pub(super) const KEY: &str = "cairn";

/// The object under [`KEY`]; each field only where Day One's own fields would say something else.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Own {
    /// The title. In the text it stands as a heading, so that Day One shows it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) title: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) feelings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) happened: Option<Placed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) written: Option<Placed>,
}

/// A moment in all its parts.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Placed {
    at_ms: i64,
    zone: String,
    local_date: NaiveDate,
    precision: u64,
}

impl Own {
    /// Reads it; none when it is not of our making.
    pub(super) fn read(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.title.is_empty() && self.feelings.is_empty() && self.happened.is_none() && self.written.is_none()
    }
}

impl From<&Moment> for Placed {
    fn from(moment: &Moment) -> Self {
        Self {
            at_ms: moment.at.0,
            zone: moment.zone.clone(),
            local_date: moment.local_date,
            precision: u64::from(moment.precision as u8),
        }
    }
}

impl Placed {
    /// The moment, if a calendar can hold it.
    pub(super) fn moment(&self) -> Option<Moment> {
        if !INSTANTS_MS.contains(&self.at_ms) {
            return None;
        }
        let moment = Moment::new(crate::clock::Timestamp(self.at_ms), &self.zone).ok()?;
        Some(Moment {
            local_date: self.local_date,
            precision: Precision::from_number(self.precision)?,
            ..moment
        })
    }
}

/// How a title stands in the text.
pub(super) fn heading(title: &str) -> String {
    format!("# {title}\n\n")
}
