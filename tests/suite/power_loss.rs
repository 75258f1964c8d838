//! The power goes at any moment: what was acknowledged is there, and everything opens again.
//!
//! `CAIRN_CUTS` sets the number of cuts in place of 2,000.

use cairn_core::journal::EntryQuery;
use cairn_core::store::{Store, StoreConfig};
use cairn_core::vault::{Engine, drafts, entry_for_editing};
use cairn_relay::{Danger, Relay, RelayConfig};
use cairn_simdisk::{Acked, Cuts, Faults, Found, Report, SimDisk, run_cuts};
use cairn_tests::{RawClient, SeededEntropy, TestClock, draft};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const KEY: [u8; 32] = [9; 32];
const SEED: u64 = 0xca11;

fn cuts() -> u32 {
    std::env::var("CAIRN_CUTS").map_or(2_000, |value| value.parse().expect("CAIRN_CUTS is a number"))
}

/// Runs `count` cuts of `campaign` on two threads, each with its half, and adds up what they saw.
fn on_two_threads(count: u32, campaign: impl Fn(&Cuts) -> Report + Sync) -> Vec<Report> {
    let half = count.div_ceil(2);
    let plan = Cuts::new(count, SEED);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| campaign(&plan.only(0, half)));
        let second = scope.spawn(|| campaign(&plan.only(half, count - half)));
        vec![first.join().unwrap(), second.join().unwrap()]
    })
}

fn is_clean(reports: &[Report], count: u32) {
    assert_eq!(reports.iter().map(|report| report.cuts).sum::<u32>(), count);
    for report in reports {
        assert!(report.is_clean(), "{report:?}");
        assert!(
            report.second_cuts > 0 && report.acknowledged > u64::from(report.cuts),
            "{report:?}"
        );
    }
}

fn vault(disk: &SimDisk) -> Result<Engine, String> {
    static OPENED: AtomicU64 = AtomicU64::new(0);
    let config = StoreConfig {
        directory: "".into(),
        vfs: Some(disk.name().to_owned()),
        exclusive: true,
    };
    let store = Store::open(&config, &KEY).map_err(|error| error.to_string())?;
    let entropy = SeededEntropy::new(OPENED.fetch_add(1, Ordering::Relaxed), "power");
    Engine::new(store, "phone", Arc::new(TestClock::default()), Box::new(entropy)).map_err(|error| error.to_string())
}

/// Marks of a text: every number in it stands for one acknowledged act.
fn numbers(text: &str) -> impl Iterator<Item = u64> + '_ {
    text.split(|character: char| !character.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
}

fn entries(engine: &Engine) -> Result<Vec<cairn_core::journal::Entry>, String> {
    let page = engine
        .store()
        .view()
        .entries(&EntryQuery::newest(500))
        .map_err(|error| error.to_string())?;
    Ok(page.entries)
}

/// Writes new entries and writes on in old ones, each act a number.
fn keep_a_journal(disk: &SimDisk, acked: &mut Acked) {
    let clock = TestClock::default();
    let Ok(mut engine) = vault(disk) else { return };
    for number in 1_000..1_012_u64 {
        acked.attempt(number);
        let done = if number.is_multiple_of(3) {
            let Ok(mut all) = entries(&engine) else { return };
            let id = all.swap_remove(usize::try_from(number).unwrap() % all.len()).id;
            let Ok(Some((entry, version))) = entry_for_editing(engine.store().view(), id) else {
                return;
            };
            engine
                .revise(
                    id,
                    &version,
                    draft(&clock, &format!("{} And then {number}.", entry.body)),
                )
                .is_ok()
        } else {
            engine.write(draft(&clock, &format!("Thought of {number}."))).is_ok()
        };
        if !done {
            return;
        }
        acked.acknowledge(number);
    }
}

fn read_a_journal(disk: &SimDisk) -> Found {
    let read = || {
        let mut engine = vault(disk)?;
        engine.doctor().map_err(|error| error.to_string())?;
        entries(&engine)
    };
    match read() {
        Err(how) => Found::Damaged(how),
        Ok(entries) => {
            let found: BTreeSet<u64> = entries.iter().flat_map(|entry| numbers(&entry.body)).collect();
            if (1..=10).all(|number| found.contains(&number)) {
                Found::Items(found.into_iter().filter(|number| *number >= 1_000).collect())
            } else {
                Found::Damaged("an old entry is gone".to_owned())
            }
        }
    }
}

fn vault_campaign(plan: &Cuts) -> Report {
    run_cuts(
        plan,
        |disk| {
            let mut engine = vault(disk).unwrap();
            for number in 1..=10 {
                engine
                    .write(draft(&TestClock::default(), &format!("Before, {number}.")))
                    .unwrap();
            }
        },
        keep_a_journal,
        |disk, _| read_a_journal(disk),
    )
}

#[test]
fn no_acknowledged_word_is_lost_when_a_device_loses_power() {
    let count = cuts();
    is_clean(&on_two_threads(count, vault_campaign), count);
}

#[test]
fn a_disk_that_lies_about_syncing_loses_acknowledged_words_and_that_is_noticed() {
    let report = vault_campaign(&Cuts::new(60, SEED).with_faults(Faults::lying_sync()));
    assert!(report.lost > 0 || report.damaged > 0, "{report:?}");
}

/// The entry that the draft revises, and the drafts that are left.
fn read_a_draft(disk: &SimDisk) -> Found {
    let read = || {
        let engine = vault(disk)?;
        let drafts = drafts(engine.store().view()).map_err(|error| error.to_string())?;
        Ok::<_, String>((entries(&engine)?.swap_remove(0).body, drafts.len()))
    };
    match read() {
        Ok((body, 1)) if body == "Before." => Found::Items(BTreeSet::new()),
        Ok((body, 0)) if body == "Before. And after." => Found::Items(BTreeSet::from([1_000])),
        Ok((body, left)) => Found::Damaged(format!("{body} with {left} drafts")),
        Err(how) => Found::Damaged(how),
    }
}

#[test]
fn a_draft_is_gone_exactly_when_its_entry_says_what_it_said() {
    let clock = TestClock::default();
    let report = run_cuts(
        &Cuts::new(200, SEED),
        |disk| {
            let mut engine = vault(disk).unwrap();
            let id = engine.write(draft(&clock, "Before.")).unwrap();
            let (_, read) = entry_for_editing(engine.store().view(), id).unwrap().unwrap();
            let words = draft(&clock, "Before. And after.");
            engine.keep_draft(None, Some((id, read)), words).unwrap();
        },
        |disk, acked| {
            let Ok(mut engine) = vault(disk) else { return };
            let Ok(mut all) = drafts(engine.store().view()) else {
                return;
            };
            acked.attempt(1_000);
            if engine.finish_draft(all.swap_remove(0).id).is_ok() {
                acked.acknowledge(1_000);
            }
        },
        |disk, _| read_a_draft(disk),
    );
    assert!(report.is_clean() && report.cuts == 200, "{report:?}");
}

fn relay(disk: &SimDisk, danger: Danger) -> Result<Relay, String> {
    let entropy = Mutex::new(SeededEntropy::new(1, "relay"));
    let entropy = cairn_relay::Entropy::from_fn(move |bytes| {
        cairn_core::id::Entropy::fill(&mut *entropy.lock().unwrap(), bytes);
    });
    let mut store = cairn_relay::StoreConfig::exclusive("", Some(disk.name().to_owned()));
    store.danger = danger;
    Relay::open(&RelayConfig::new(store, RawClient::ORIGIN), entropy).map_err(|error| error.to_string())
}

/// Requests of three clients that arrive together: their records share one commit. Record numbers go up.
fn send_records(relay: &Relay, acked: &mut Acked) -> Option<()> {
    let mut clients = [1, 2, 3].map(|space| RawClient::new(space, 10));
    for client in &mut clients {
        client.sign_in(relay)?;
    }
    let mut number = 1_000_u64;
    for group in 0..6 {
        let requests: Vec<(usize, u64, Vec<u8>)> = clients
            .iter()
            .enumerate()
            .map(|(at, client)| {
                number += 2;
                let records = [number, number + 1].map(|number| client.record(number, 700 + 300 * group));
                (at, number, client.append(&records))
            })
            .collect();
        for (_, number, _) in &requests {
            acked.attempt(*number);
            acked.attempt(number + 1);
        }
        let group: Vec<(&str, &[u8])> = requests
            .iter()
            .map(|(_, _, body)| ("/v1/append", body.as_slice()))
            .collect();
        for ((_, number, _), answer) in requests.iter().zip(relay.handle_group(&group, RawClient::NOW)) {
            for (record, stored) in [*number, number + 1].into_iter().zip(RawClient::stored(&answer)) {
                if stored {
                    acked.acknowledge(record);
                }
            }
        }
    }
    Some(())
}

fn read_records(disk: &SimDisk) -> Found {
    let read = || {
        let relay = relay(disk, Danger::default())?;
        let mut found = BTreeSet::new();
        for space in [1, 2, 3] {
            let mut client = RawClient::new(space, 10);
            client.sign_in(&relay).ok_or("no session")?;
            found.extend(client.read_all(&relay)?);
        }
        Ok(found)
    };
    match read() {
        Ok(found) if (1..=3).all(|number| found.contains(&number)) => {
            Found::Items(found.into_iter().filter(|number| *number >= 1_000).collect())
        }
        Ok(_) => Found::Damaged("an old record is gone".to_owned()),
        Err(how) => Found::Damaged(how),
    }
}

fn relay_campaign(plan: &Cuts, danger: Danger) -> Report {
    run_cuts(
        plan,
        |disk| {
            let relay = relay(disk, Danger::default()).unwrap();
            for space in [1, 2, 3] {
                let mut client = RawClient::new(space, 10);
                client.create(&relay);
                client.sign_in(&relay).unwrap();
                let answer = relay.handle(
                    "/v1/append",
                    &client.append(&[client.record(space.into(), 500)]),
                    RawClient::NOW,
                );
                assert_eq!(RawClient::stored(&answer), [true]);
            }
        },
        |disk, acked| {
            if let Ok(relay) = relay(disk, danger) {
                let _ = send_records(&relay, acked);
            }
        },
        |disk, _| read_records(disk),
    )
}

#[test]
fn no_acknowledged_record_is_lost_when_the_relay_loses_power() {
    let count = cuts();
    is_clean(
        &on_two_threads(count, |plan| relay_campaign(plan, Danger::default())),
        count,
    );
}

#[test]
fn a_relay_that_answers_early_or_syncs_seldom_loses_records_and_that_is_noticed() {
    let plan = Cuts::new(120, SEED);
    for danger in [
        Danger {
            synchronous_normal: true,
            ..Danger::default()
        },
        Danger {
            acknowledge_before_commit: true,
            ..Danger::default()
        },
    ] {
        let report = relay_campaign(&plan, danger);
        assert!(report.lost > 0, "{danger:?}: {report:?}");
    }
    let report = relay_campaign(&plan.with_faults(Faults::lying_sync()), Danger::default());
    assert!(report.lost > 0 || report.damaged > 0, "{report:?}");
}
