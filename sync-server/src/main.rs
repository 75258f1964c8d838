//! `cairn-relay`: see `--help`.

use std::io::Write as _;
use std::process::ExitCode;

use cairn_relay::{Config, Relay, Server, StoreConfig};
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Config::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nobody listens to the error either, the exit code is left.
            drop(writeln!(std::io::stderr(), "cairn-relay: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    if config.put_back {
        let incarnation = Relay::begin_incarnation(&StoreConfig::new(config.data))?;
        writeln!(
            std::io::stdout(),
            "this store is incarnation {incarnation} now; devices send again what it misses"
        )?;
        return Ok(());
    }
    // Asked for first, so that a signal sent as soon as the relay says it listens is not missed.
    let stop = stop_asked()?;
    let server = Server::bind(config).await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{}", server.address())?;
    out.flush()?;
    stop.await;
    server.shutdown().await;
    Ok(())
}

/// A future that ends at SIGTERM or ctrl-c; listening for them begins now.
#[cfg(unix)]
fn stop_asked() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// A future that ends at ctrl-c.
#[cfg(not(unix))]
fn stop_asked() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
