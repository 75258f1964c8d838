//! The relay under load: records a second beside a bare server, and syncs for each record.
//!
//! Both servers are processes of their own and stay up for all rounds; the load comes from this process, on the same two processors.
//! Every connection is another device with a space and a session of its own, so that the relay signs a head for each: the dearest case.
//! A round is the bare server's turn and then the relay's, with as many records of the same length; the first one counts for nothing. In the end a space of the 8
//! holds 10,240 records, about what a full journal has.
//!
//! Syncs are those that SQLite asks of the file system, checkpoints included. How many commits share one depends on how long a sync
//! takes: a slower disk gathers more.

use crate::Result;
use crate::child::{Child, answer_lines, say};
use crate::load::{self, Ran, Shape};
use crate::sheet::{Limit, Sheet, exact, median};
use cairn_core::crypto::SigningKey;
use cairn_core::sync::{Ask, Transport as _};
use cairn_http::HttpTransport;
use cairn_relay::{Config, Server};
use cairn_simdisk::{count_syncs, syncs_counted};
use cairn_wire::message::{
    Access, AppendAnswer, AppendRequest, ChallengeAnswer, ChallengeRequest, OutcomeCode, SessionAnswer, SessionRequest,
    Side, SpaceAnswer, SpaceOp, SpaceRequest,
};
use cairn_wire::{Signature, SpaceId, Token, decode_canonical, encode, session_bytes};
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;

const ROUNDS: usize = 15;
const BATCHES: Shape = Shape {
    connections: 8,
    batch: 64,
    requests: 10,
};
/// For how long each one waits: several checkpoints a round.
const EACH: Shape = Shape {
    connections: 8,
    batch: 1,
    requests: 400,
};
const SINGLES: Shape = Shape {
    connections: 200,
    batch: 1,
    requests: 60,
};

/// The child's part: the relay itself, as its binary runs it, on a disk whose syncs are counted.
pub(crate) fn serve(folder: &str) -> Result<()> {
    count_syncs(true);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut config = Config::on_free_port(folder);
    // Ten thousand wait at once.
    config.limits.connections_max = 12_000;
    // It takes a while until they are all there, and none has said anything yet.
    config.limits.header_timeout = Duration::from_secs(120);
    let server = runtime.block_on(Server::bind(config))?;
    say(&server.address().to_string())?;
    answer_lines(|| syncs_counted().to_string())?;
    runtime.block_on(server.shutdown());
    Ok(())
}

/// A server in a process of its own.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
}

impl Served {
    pub(crate) fn start(role: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut child = Child::start(
            role,
            &[folder.path().to_str().ok_or("a temporary folder has a plain name")?],
        )?;
        let address = child.hear()?.parse()?;
        Ok(Self { child, address, folder })
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    fn turn(&mut self, shape: Shape, path: &str, bodies: &[Vec<Vec<u8>>]) -> Result<Turn> {
        let (syncs, processor_us): (u32, f64) = (self.child.ask()?, self.child.processor_us()?);
        let ran = load::run(self.address, path, bodies)?;
        let (asked, used): (u32, f64) = (self.child.ask()?, self.child.processor_us()?);
        let records = exact(shape.records());
        Ok(Turn {
            seconds: ran.took.as_secs_f64() / records,
            syncs: f64::from(asked - syncs) / records,
            processor_us: (used - processor_us) / records,
            ran,
        })
    }
}

/// One server's turn of a round.
struct Turn {
    ran: Ran,
    /// Time for each record.
    seconds: f64,
    /// Syncs for each record.
    syncs: f64,
    /// Processor time of the server for each record, in microseconds.
    processor_us: f64,
}

/// A relay for whoever needs one.
pub(crate) struct Relay {
    pub(crate) origin: String,
    served: Served,
}

impl Relay {
    pub(crate) fn start() -> Result<Self> {
        let served = Served::start("relay")?;
        Ok(Self {
            origin: served.origin(),
            served,
        })
    }
}

pub(crate) fn measure(sheet: &mut Sheet) -> Result<()> {
    let mut relay = Relay::start()?;
    let mut bare = Served::start("bare")?;
    let line = HttpTransport::default();
    for Load { shape, name, limits } in LOADS {
        let devices: Vec<Device> = (0..shape.connections)
            .map(|_| Device::enter(&line, &relay.origin))
            .collect::<Result<_>>()?;
        let (mut floors, mut ours) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let floor = bare.turn(shape, "/", &bare_bodies(shape, round)?)?;
            let bodies: Vec<_> = devices
                .iter()
                .map(|device| device.bodies(shape, round))
                .collect::<Result<_>>()?;
            let turn = relay.served.turn(shape, "/v1/append", &bodies)?;
            all_stored(shape, &turn.ran)?;
            // The first round only fills the caches.
            if round > 0 {
                floors.push(floor);
                ours.push(turn);
            }
        }
        tell(sheet, name, limits, &ours, &floors);
    }
    Ok(())
}

/// What is sent, and what is held to what.
struct Load {
    shape: Shape,
    name: &'static str,
    limits: Limits,
}

#[derive(Clone, Copy)]
struct Limits {
    /// Records a second, beside the bare server's.
    times_bare: Option<f64>,
    /// Syncs for each record.
    syncs: Option<f64>,
    /// Processor time of the relay for each record, in microseconds.
    processor_us: Option<f64>,
    /// What 99 of 100 answers take, beside what half of them take.
    times_half: Option<f64>,
}

const NOTHING: Limits = Limits {
    times_bare: None,
    syncs: None,
    processor_us: None,
    times_half: None,
};

const LOADS: [Load; 3] = [
    Load {
        shape: BATCHES,
        name: "8 connections, 64 records each time",
        limits: Limits {
            times_bare: Some(0.6),
            syncs: Some(0.1),
            processor_us: Some(15.0),
            ..NOTHING
        },
    },
    Load {
        shape: SINGLES,
        name: "200 connections, one record each time",
        limits: Limits {
            times_bare: Some(0.7),
            syncs: Some(0.05),
            ..NOTHING
        },
    },
    Load {
        shape: EACH,
        name: "8 connections, one record each time",
        limits: Limits {
            times_half: Some(10.0),
            ..NOTHING
        },
    },
];

fn tell(sheet: &mut Sheet, name: &str, limits: Limits, ours: &[Turn], floors: &[Turn]) {
    // For each record of all rounds: what is done once in many of them, as a checkpoint, counts as often as it is done.
    let mean = |turns: &[Turn], figure: fn(&Turn) -> f64| turns.iter().map(figure).sum::<f64>() / exact(turns.len());
    let of = |turns: &[Turn], figure: fn(&Turn) -> f64| median(turns.iter().map(figure));
    let speed_of = |turns| 1.0 / mean(turns, |turn| turn.seconds);
    let (speed, floor) = (speed_of(ours), speed_of(floors));
    let name_of = |what: &str| format!("relay, {name}{what}");
    match limits.times_bare {
        Some(times) => sheet.add(
            &name_of(""),
            speed,
            "records/s",
            Some(floor),
            Limit::TimesFloorAtLeast(times),
        ),
        None => sheet.add_beside(&name_of(""), speed, "records/s"),
    }
    let held = [
        (": syncs", mean(ours, |turn| turn.syncs), "for each", limits.syncs),
        (
            ": processor",
            mean(ours, |turn| turn.processor_us),
            "us for each",
            limits.processor_us,
        ),
    ];
    for (what, value, unit, limit) in held {
        match limit {
            Some(limit) => sheet.add(&name_of(what), value, unit, None, Limit::AtMost(limit)),
            None => sheet.add_beside(&name_of(what), value, unit),
        }
    }
    if let Some(times) = limits.times_half {
        let slow = of(ours, |turn| turn.ran.slowest_ms());
        let half = of(ours, |turn| median(turn.ran.waits_ms.iter().copied()));
        let times = Limit::TimesFloorAtMost(times);
        sheet.add(&name_of(": 99 of 100 beside half"), slow, "ms", Some(half), times);
    }
    sheet.add_beside(
        &format!("bare, {name}: syncs"),
        mean(floors, |turn| turn.syncs),
        "for each",
    );
    let processor_us = mean(floors, |turn| turn.processor_us);
    sheet.add_beside(&format!("bare, {name}: processor"), processor_us, "us for each");
    for (who, turns) in [("relay", ours), ("bare", floors)] {
        let slowest = of(turns, |turn| turn.ran.slowest_ms());
        sheet.add_beside(&format!("{who}, {name}: 99 of 100 answers within"), slowest, "ms");
    }
}

/// The bare server's requests: the same records, one after the other, behind the number of a space.
pub(crate) fn bare_bodies(shape: Shape, round: usize) -> Result<Vec<Vec<Vec<u8>>>> {
    let bodies = (0..shape.connections).map(|connection| {
        let number = u64::try_from(shape.connections * 1_000 + connection)?;
        let space = SpaceId::from_bytes(u128::from(number).to_le_bytes());
        let records = load::records(space, u64::try_from(round)?, shape.batch * shape.requests)?;
        let body = |records: &[Vec<u8>]| [number.to_le_bytes().as_slice(), &records.concat()].concat();
        Ok(records.chunks(shape.batch).map(body).collect())
    });
    bodies.collect()
}

pub(crate) fn all_stored(shape: Shape, ran: &Ran) -> Result<()> {
    for answer in ran.answers.iter().flatten() {
        let answer: AppendAnswer = decode_canonical(answer)?;
        let stored = answer
            .results
            .iter()
            .filter(|outcome| outcome.code == OutcomeCode::Stored)
            .count();
        if stored != shape.batch {
            return Err("every record is stored".into());
        }
    }
    Ok(())
}

/// A device with a space of its own, and the token that lets it in.
pub(crate) struct Device {
    pub(crate) space: SpaceId,
    pub(crate) token: Token,
}

impl Device {
    pub(crate) fn enter(line: &HttpTransport, origin: &str) -> Result<Self> {
        let key = SigningKey::random(&mut cairn_core::id::SystemEntropy);
        let space = SpaceId::from_bytes(cairn_core::id::random_bytes(&mut cairn_core::id::SystemEntropy));
        let mut create = SpaceRequest {
            op: SpaceOp::Create,
            space,
            access: vec![Access {
                key: key.public(),
                side: Side::Participant,
                administer: true,
            }],
            signature: Signature::from_bytes([0; 64]),
            token: None,
            epoch: None,
            keep: None,
            at_ms: None,
        };
        create.signature = key.sign(&create.signed_bytes(origin));
        let answer = line.send(&Ask::request(origin, "/v1/space", &create, 0))?;
        Ask::answer::<SpaceAnswer>(&answer)?;
        let answer = line.send(&Ask::request(origin, "/v1/challenge", &ChallengeRequest { space }, 0))?;
        let nonce = Ask::answer::<ChallengeAnswer>(&answer)?.nonce;
        let signature = key.sign(&session_bytes(origin, &space, &nonce, &key.public()));
        let proof = SessionRequest {
            space,
            nonce,
            key: key.public(),
            signature,
        };
        let answer = line.send(&Ask::request(origin, "/v1/session", &proof, 0))?;
        Ok(Self {
            space,
            token: Ask::answer::<SessionAnswer>(&answer)?.token,
        })
    }

    pub(crate) fn bodies(&self, shape: Shape, round: usize) -> Result<Vec<Vec<u8>>> {
        let records = load::records(self.space, u64::try_from(round)?, shape.batch * shape.requests)?;
        let bodies = records.chunks(shape.batch).map(|records| {
            let records = records.iter().map(|record| record.as_slice().into()).collect();
            encode(&AppendRequest {
                token: self.token,
                space: self.space,
                records,
            })
        });
        Ok(bodies.collect())
    }
}
