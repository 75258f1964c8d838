//! What lies between the devices and the relay.

use super::faults::{Fault, Tally};
use super::node::RelayNode;
use crate::{SeededEntropy, TestClock, change_read};
use cairn_core::clock::Clock as _;
use cairn_core::sync::{Request, Response, TransportError};
use cairn_wire::encode;
use cairn_wire::message::{Refusal, RefusalCode};
use std::collections::BTreeMap;

/// Late requests that are under way at once.
const LATE_MAX: usize = 6;
/// Answers of each kind that may come again.
const PAST_MAX: usize = 8;

/// The network, and the relay at its end.
pub(super) struct Network {
    pub(super) relay: RelayNode,
    pub(super) tally: Tally,
    /// Hash of everything that passed.
    pub(super) trace: blake3::Hasher,
    /// Faults in a thousand requests; none any more once the network has healed.
    pub(super) odds: u64,
    /// Requests since this was last taken, and what went wrong with them.
    pub(super) passed: Vec<String>,
    /// Leaves one record out of every page: the planted defect.
    pub(super) strips_pages: bool,
    dice: SeededEntropy,
    clock: TestClock,
    late: Vec<Request>,
    past: BTreeMap<&'static str, Vec<Response>>,
}

impl Network {
    pub(super) fn new(relay: RelayNode, seed: u64, clock: &TestClock, odds: u64) -> Self {
        Self {
            relay,
            tally: Tally::default(),
            trace: blake3::Hasher::new(),
            odds,
            passed: Vec::new(),
            strips_pages: false,
            dice: SeededEntropy::new(seed, "network"),
            clock: clock.clone(),
            late: Vec::new(),
            past: BTreeMap::new(),
        }
    }

    /// Carries a request, as well as it can. The outer error is one of the simulation: the relay did not come back.
    pub(super) fn carry(&mut self, request: &Request) -> Result<Result<Response, TransportError>, String> {
        if !self.late.is_empty() && self.dice.below(4) == 0 {
            let at = usize::try_from(self.dice.below(self.late.len() as u64)).unwrap_or_default();
            let late = self.late.swap_remove(at);
            let answer = self.deliver(&late);
            self.passed.push(format!("(late{} {})", late.path, answer.status));
        }
        self.passed.push(request.path.trim_start_matches("/v1/").to_owned());
        let answer = if self.dice.below(1000) < self.odds {
            self.fail(request)?
        } else {
            Ok(self.deliver(request))
        };
        self.note(request, &answer);
        Ok(answer)
    }

    /// From now on everything arrives, what was late too.
    pub(super) fn heal(&mut self) {
        self.odds = 0;
        for late in std::mem::take(&mut self.late) {
            drop(self.deliver(&late));
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.clock.now().0).unwrap_or_default()
    }

    fn deliver(&mut self, request: &Request) -> Response {
        let answer = self.relay.relay().handle(request.path, &request.body, self.now());
        let mut response = Response {
            status: answer.status,
            body: answer.body,
        };
        if self.strips_pages {
            change_read(request, &mut response, |answer| {
                for page in &mut answer.pages {
                    page.items.pop();
                }
            });
        }
        let past = self.past.entry(request.path).or_default();
        past.push(response.clone());
        if past.len() > PAST_MAX {
            past.remove(0);
        }
        response
    }

    fn fail(&mut self, request: &Request) -> Result<Result<Response, TransportError>, String> {
        let (fault, answer) = match self.dice.below(8) {
            0 => (Fault::LostRequest, Err(TransportError::Offline)),
            1 => {
                drop(self.deliver(request));
                (Fault::LostAnswer, Err(TransportError::TimedOut))
            }
            2 => {
                let first = self.deliver(request);
                let second = self.deliver(request);
                (Fault::Doubled, Ok(if self.dice.below(2) == 0 { first } else { second }))
            }
            3 if self.late.len() < LATE_MAX => {
                self.late.push(request.clone());
                (Fault::Late, Err(TransportError::TimedOut))
            }
            4 => {
                let past = self.past.get(request.path).filter(|past| !past.is_empty()).cloned();
                let Some(past) = past else {
                    return Ok(Ok(self.deliver(request)));
                };
                if self.dice.below(2) == 0 {
                    drop(self.deliver(request));
                }
                let at = usize::try_from(self.dice.below(past.len() as u64)).unwrap_or_default();
                (Fault::StaleAnswer, Ok(past[at].clone()))
            }
            5 => (Fault::Garbage, Ok(self.garbage(request))),
            6 => {
                let code = if self.dice.below(2) == 0 {
                    RefusalCode::Unavailable
                } else {
                    RefusalCode::RateLimited
                };
                let body = encode(&Refusal { code, value: Some(1) });
                (
                    Fault::NotNow,
                    Ok(Response {
                        status: code.http_status(),
                        body,
                    }),
                )
            }
            _ => (Fault::RelayDiesWorking, self.die_working(request)?),
        };
        self.tally.count(fault);
        self.passed.push(format!("({fault:?})"));
        Ok(answer)
    }

    /// The relay loses power while it works on this; what it has answered counts.
    fn die_working(&mut self, request: &Request) -> Result<Result<Response, TransportError>, String> {
        let operations = self.dice.below(24);
        self.relay.disk.cut_after(operations);
        let answer = self.deliver(request);
        self.relay.power_loss()?;
        Ok(if answer.status == 200 {
            Ok(answer)
        } else {
            Err(TransportError::TimedOut)
        })
    }

    fn garbage(&mut self, request: &Request) -> Response {
        let honest = self.deliver(request);
        let mut response = match self.dice.below(6) {
            0 => Response {
                status: 200,
                body: Vec::new(),
            },
            1 => Response {
                status: 502,
                body: b"<html>Bad gateway</html>".to_vec(),
            },
            2 => Response {
                status: 200,
                body: b"<html>Welcome to the hotel</html>".to_vec(),
            },
            3 => Response {
                status: 500,
                body: honest.body,
            },
            _ => honest,
        };
        let length = response.body.len() as u64;
        let at = usize::try_from(self.dice.below(length.max(1))).unwrap_or_default();
        if self.dice.below(2) == 0 {
            response.body.truncate(at);
        } else if let Some(byte) = response.body.get_mut(at) {
            *byte ^= 1 << self.dice.below(8);
        }
        response
    }

    fn note(&mut self, request: &Request, answer: &Result<Response, TransportError>) {
        self.trace.update(request.path.as_bytes()).update(&request.body);
        match answer {
            Ok(response) => self.trace.update(&response.status.to_le_bytes()).update(&response.body),
            Err(error) => self.trace.update(format!("{error:?}").as_bytes()),
        };
    }
}
