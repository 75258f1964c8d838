//! One binary that holds the house to its promises.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod architecture;
mod attachments;
mod bad_input;
mod chain_races;
mod convergence;
mod damaged;
mod device_histories;
mod devices;
mod doctor;
mod erasing_everything;
mod finding;
mod guards;
mod guards_code;
mod guards_table;
mod healing;
mod history;
mod hostile_relay;
mod importing;
mod kill;
mod lifecycle;
mod made_up_bytes;
mod personas;
mod power_loss;
mod privacy;
mod profile;
mod put_back;
mod recovery;
mod relay_model;
mod removing;
mod removing_cut_off;
mod settings;
mod sharing;
mod shredding;
mod simulation;
mod terms;
