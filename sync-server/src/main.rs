//! `cairn-relay`: see `--help`.

use std::io::Write as _;
use std::process::ExitCode;

use cairn_relay::{Config, ConfigError, LogDetail, Relay, Server, StoreConfig, Task};
#[cfg(unix)]
use tokio::signal::unix;
use tracing_subscriber::filter::LevelFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let config = match Config::read(std::env::args_os()) {
        Ok(config) => config,
        Err(ConfigError::Arguments(error)) => error.exit(),
        Err(error) => {
            drop(writeln!(std::io::stderr(), "cairn-relay: {error}"));
            return ExitCode::from(2);
        }
    };
    match run(config).await {
        Ok(code) => code,
        Err(error) => {
            // Where nobody listens to the error either, the exit code is left.
            drop(writeln!(std::io::stderr(), "cairn-relay: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<ExitCode, Box<dyn std::error::Error>> {
    if config.print_config {
        std::io::stdout().write_all(config.to_toml().as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(task) = &config.task {
        return carry_out(task, &config.store());
    }
    if config.put_back {
        let incarnation = Relay::begin_incarnation(&config.store())?;
        writeln!(
            std::io::stdout(),
            "this store is incarnation {incarnation} now; devices send again what it misses"
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    log(config.log, config.log_json);
    // Asked for first, so that a signal sent as soon as the relay says it listens is not missed.
    let mut signals = Signals::listen()?;
    let has_tls = config.tls.is_some();
    let is_behind_nothing_known = config.listen.ip().is_loopback() && config.limits.trusted_proxies == 0;
    let server = Server::bind(config).await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on {}", server.url())?;
    if let Some(address) = server.operations() {
        writeln!(out, "operations on http://{address}")?;
    }
    out.flush()?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        tls = has_tls,
        "the relay has begun"
    );
    if is_behind_nothing_known {
        tracing::info!("who comes through a proxy is told apart only when trusted_proxies says how many there are");
    }
    while signals.next().await == Signal::Renew {
        server.renew_certificate().await;
    }
    tracing::info!("the relay stops");
    server.shutdown().await;
    tracing::info!("the relay has stopped");
    Ok(ExitCode::SUCCESS)
}

/// What is done beside a relay that may run.
fn carry_out(task: &Task, store: &StoreConfig) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    match task {
        Task::Backup { target } => {
            let copied = Relay::backup(store, target)?;
            writeln!(
                out,
                "copied {} spaces and {} blobs ({} bytes)",
                copied.spaces, copied.blobs, copied.blob_bytes
            )?;
            if copied.blobs_left_out > 0 {
                let left_out = copied.blobs_left_out;
                writeln!(
                    out,
                    "{left_out} blobs went meanwhile, or had no whole file, and are not in the copy"
                )?;
            }
            if copied.blobs_in_bucket > 0 {
                let in_bucket = copied.blobs_in_bucket;
                writeln!(out, "{in_bucket} blobs lie in the bucket, and are not in the copy")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Task::Check { show_ids } => {
            // Where nobody listens any more the exit code is left.
            let checked = Relay::check(store, |finding| drop(writeln!(out, "{}", finding.line(*show_ids))))?;
            writeln!(
                out,
                "looked at {} spaces, {} records and {} blobs: {} findings",
                checked.spaces, checked.records, checked.blobs, checked.findings
            )?;
            Ok(ExitCode::from(u8::from(checked.findings > 0)))
        }
        _ => Err("not known".into()),
    }
}

/// Log lines go to the standard error: what the relay says to whoever started it stays alone on the other.
fn log(level: LogDetail, as_json: bool) {
    let level = match level {
        LogDetail::Error => LevelFilter::ERROR,
        LogDetail::Warn => LevelFilter::WARN,
        LogDetail::Debug => LevelFilter::DEBUG,
        _ => LevelFilter::INFO,
    };
    let lines = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr);
    if as_json {
        lines.json().flatten_event(true).init();
    } else {
        lines.with_ansi(false).init();
    }
}

/// What the operator can ask of a running relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    /// SIGTERM or ctrl-c.
    Stop,
    /// SIGHUP: read the files of the certificate again.
    Renew,
}

#[cfg(unix)]
struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    hang_up: unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listening for them begins now.
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(unix::SignalKind::terminate())?,
            interrupt: unix::signal(unix::SignalKind::interrupt())?,
            hang_up: unix::signal(unix::SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.hang_up.recv() => Signal::Renew,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[allow(clippy::unnecessary_wraps, reason = "as where there are signals")]
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        drop(tokio::signal::ctrl_c().await);
        Signal::Stop
    }
}
