//! The bench as its own child: a relay beside the load, or a device whose memory is nobody else's.
//!
//! Parent and child talk in lines. A child that serves answers each line it reads and ends when there are no more.

use crate::{Result, attachments, bare, catching_up, opening, relay};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child as Process, ChildStdin, ChildStdout, Command, Stdio};

/// The first word of a child's command line; the second is what it is to be.
pub(crate) const ROLE: &str = "as";

/// Runs a child's role.
pub(crate) fn play(role: &str, words: &[&str]) -> Result<()> {
    match (role, words) {
        ("relay", [folder]) => relay::serve(folder),
        ("bare", [folder]) => bare::serve(folder),
        ("opener", [folder]) => opening::open_and_list(folder),
        ("attacher", [folder]) => attachments::attach(folder),
        ("saver", [folder]) => attachments::save(folder),
        ("joiner", [folder]) => catching_up::catch_up_alone(folder),
        _ => Err("no such role".into()),
    }
}

/// A child that runs.
pub(crate) struct Child {
    process: Process,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Child {
    pub(crate) fn start(role: &str, words: &[&str]) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args([ROLE, role])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let questions = process.stdin.take();
        let answers = process.stdout.take().ok_or("the child's output is a pipe")?;
        Ok(Self {
            process,
            questions,
            answers: BufReader::new(answers),
        })
    }

    /// The next line the child says.
    pub(crate) fn hear(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("the child ended early".into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// Says an empty line and hears the answer.
    pub(crate) fn ask<T: std::str::FromStr<Err: std::error::Error + 'static>>(&mut self) -> Result<T> {
        let questions = self.questions.as_mut().ok_or("the child still listens")?;
        questions.write_all(b"\n")?;
        questions.flush()?;
        Ok(self.hear()?.parse()?)
    }

    /// Processor time the child has used so far, in microseconds; the kernel counts it in hundredths of a second.
    pub(crate) fn processor_us(&self) -> Result<f64> {
        let account = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name in brackets may hold blanks; what is wanted stands behind it.
        let (_, after) = account.rsplit_once(')').ok_or("the kernel counts time")?;
        let ticks = |place: usize| {
            after
                .split_whitespace()
                .nth(place)
                .and_then(|ticks| ticks.parse::<f64>().ok())
        };
        Ok((ticks(11).zip(ticks(12)).map(|(user, system)| user + system)).ok_or("the kernel counts time")? * 10_000.0)
    }

    /// A line of the kernel's account of the child, in KiB; see [`memory_kib`].
    pub(crate) fn memory_kib(&self, line: &str) -> Result<f64> {
        memory_of(&format!("/proc/{}/status", self.process.id()), line)
    }

    /// Lets the most memory that there ever was be what there is now.
    pub(crate) fn forget_peak(&self) -> Result<()> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5")?)
    }

    /// How often the child's threads went to sleep so far, which is how often something woke them.
    pub(crate) fn woken(&self) -> Result<f64> {
        let mut woken = 0.0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let account = std::fs::read_to_string(thread?.path().join("status"))?;
            let line = account
                .lines()
                .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            woken += line.ok_or("the kernel counts wake-ups")?.trim().parse::<f64>()?;
        }
        Ok(woken)
    }

    /// Lets the child come to its end.
    pub(crate) fn end(mut self) -> Result<()> {
        drop(self.questions.take());
        if self.process.wait()?.success() {
            Ok(())
        } else {
            Err("the child failed".into())
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.questions.take());
        drop(self.process.wait());
    }
}

/// Answers every line that comes in with what `answer` says then; returns when there are no more.
pub(crate) fn answer_lines(answer: impl Fn() -> String) -> Result<()> {
    for line in std::io::stdin().lines() {
        line?;
        say(&answer())?;
    }
    Ok(())
}

/// Says one line to the parent.
pub(crate) fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// A line of the kernel's account of this process, in KiB: `VmRSS` is the memory held now, `VmHWM` the most there ever was.
pub(crate) fn memory_kib(line: &str) -> Result<f64> {
    memory_of("/proc/self/status", line)
}

fn memory_of(account: &str, line: &str) -> Result<f64> {
    let status = std::fs::read_to_string(account)?;
    let found = status
        .lines()
        .find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
    let kib = found
        .and_then(|found| found.split_whitespace().next())
        .ok_or("the kernel counts memory")?;
    Ok(kib.parse()?)
}
