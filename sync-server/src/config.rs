//! What the relay is told on its command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

use crate::limits::Limits;

/// Stores sealed records, hands them on, forgets them. It can read none of them.
#[derive(Clone, Debug, Parser)]
#[command(name = "cairn-relay", version)]
pub struct Config {
    /// The folder to keep everything in. Made when it is not there; readable by its owner only.
    #[arg(long, value_name = "DIR", env = "CAIRN_RELAY_DATA")]
    pub data: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8730")]
    pub listen: SocketAddr,
    /// The origin devices reach this relay by, if it is not the address it listens on. Devices sign it.
    #[arg(long, value_name = "URL", env = "CAIRN_RELAY_ORIGIN")]
    pub origin: Option<String>,
    /// Says once that the data folder was put back from a copy, or has lost what came after it, and ends. Devices then send again
    /// what is missing. Not for every start: each time costs them everything they have to compare.
    #[arg(long)]
    pub put_back: bool,
    /// What the relay allows.
    #[arg(skip)]
    pub limits: Limits,
}

impl Config {
    /// A relay in `data` on a free port of this machine.
    #[must_use]
    pub fn on_free_port(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            origin: None,
            put_back: false,
            limits: Limits::default(),
        }
    }
}
