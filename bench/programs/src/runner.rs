//! The process of a heap: runs one program and says what it saw.

use crate::{
    clock,
    documents::Documents,
    dom,
    order::{Answer, How, Order, Task},
    program::{Call, Look, Program},
    programs,
};
use arenite::{
    context::{pinned, scopes_active, with_arena, with_arena_reported},
    debug::{self, Grade},
};
use clap::Parser;
use std::{
    fs, io,
    process::ExitCode,
    time::{Duration, Instant},
};

/// How long a program is called before it is timed, and then timed.
const WARM_UP: Duration = Duration::from_millis(60);
const TIMED: Duration = Duration::from_millis(240);

/// The least samples of a timed program.
const SAMPLES: usize = 9;

/// What the `main` of each heap's binary does.
#[must_use]
pub fn main() -> ExitCode {
    match answer(&Order::parse().task) {
        Ok(answer) => {
            println!("{}", serde_json::to_string(&answer).expect("an answer is plain data"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("programs: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A program by its name.
#[must_use]
pub fn find(name: &str) -> Option<Program> {
    programs::ALL.into_iter().chain(dom::ALL).find(|program| program.name == name)
}

fn answer(task: &Task) -> io::Result<Answer> {
    let start = |name: &str| {
        let program = find(name);
        let program = program.ok_or_else(|| io::Error::other(format!("no program `{name}`: see `programs list`")))?;
        Ok::<_, io::Error>(((program.start)(&Documents::fetched()?), program.sample))
    };
    match task {
        Task::Run { how, calls } => {
            let mut run = Run::new(start(&how.program)?.0, how);
            (0..*calls).for_each(|_| run.call());
            Ok(run.end(Vec::new()))
        }
        Task::Time { how } => {
            let (call, sample) = start(&how.program)?;
            let mut run = Run::new(call, how);
            let times = run.time(sample);
            Ok(run.end(times))
        }
        Task::Escapes { program, calls, sites } => Ok(escapes(start(program)?.0, *calls, *sites)),
    }
}

/// A program that is being called.
struct Run {
    call: Call,
    scopes: bool,
}

impl Run {
    fn new(call: Call, how: &How) -> Self {
        Self { call, scopes: how.scopes }
    }

    fn look(&mut self, look: Look) -> u64 {
        if self.scopes { with_arena(|| (self.call)(look)) } else { (self.call)(look) }
    }

    fn call(&mut self) {
        self.look(Look::Away);
    }

    /// Nanoseconds for a call, of each sample.
    fn time(&mut self, sample: u64) -> Vec<f64> {
        let begun = Instant::now();
        while begun.elapsed() < WARM_UP {
            self.call();
        }
        let mut times = Vec::with_capacity(1024);
        let begun = Instant::now();
        while times.len() < SAMPLES || begun.elapsed() < TIMED {
            let begun = clock::now();
            (0..sample).for_each(|_| self.call());
            times.push((clock::now() - begun).as_nanos() as f64 / sample as f64);
        }
        times
    }

    fn end(mut self, mut times: Vec<f64>) -> Answer {
        // Before the result is hashed, which allocates where its text is made for that.
        let peak_kib = peak_kib();
        let pinned = pinned();
        let hash = self.look(Look::Hash);
        times.sort_unstable_by(f64::total_cmp);
        let inactive = if self.scopes { scopes_active().err() } else { None };
        Answer {
            hash: format!("{hash:016x}"),
            inactive: inactive.map(|reason| reason.to_string()),
            best_ns: times.first().copied().unwrap_or_default(),
            median_ns: times.get(times.len() / 2).copied().unwrap_or_default(),
            peak_kib,
            escapes: Vec::new(),
            pinned: (pinned.chunks, pinned.bytes, pinned.declined),
        }
    }
}

/// Cold: what a program caches on its first call outlives that one.
fn escapes(mut call: Call, calls: u64, sites: bool) -> Answer {
    let mut answer = Answer::default();
    for done in 1..=calls {
        if sites && done == calls {
            debug::set_node_grade("with_arena", Grade::Sites);
        }
        let (_, escapes) = with_arena_reported(|| call(Look::Away));
        answer.escapes.push((escapes.bytes(), escapes.chunks()));
        answer.inactive = escapes.inactive().map(|reason| reason.to_string());
        if sites && done == calls {
            eprintln!("{escapes}");
        }
    }
    let pinned = pinned();
    answer.pinned = (pinned.chunks, pinned.bytes, pinned.declined);
    answer
}

/// See [`Answer::peak_kib`].
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
