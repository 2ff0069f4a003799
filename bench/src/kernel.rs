//! What is measured: kernels, in sections, in rows.

use crate::criterion::Criterion;
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsString,
    io,
    time::{Duration, Instant},
};

/// Operations between two resets where a section does not say otherwise.
pub(crate) const GROUP: u64 = 1000;

/// A contender, set up and kept warm from call to call.
pub(crate) enum Work {
    /// Does so many operations.
    Loop(Box<dyn FnMut(u64)>),
    /// One operation timed alone, because what leads up to it is no part of it.
    Call(Box<dyn Call>),
    /// Does so many operations, and says how long they took: several threads, timed from the moment when all are there.
    Timed(Box<dyn FnMut(u64) -> Duration>),
}

/// An operation with a preparation that is not measured.
pub(crate) trait Call {
    /// Leads up to the operation.
    fn prepare(&mut self);
    /// The operation.
    fn call(&mut self);
}

impl Work {
    /// The time that so many operations take. Those of a `Call` are timed one by one.
    pub(crate) fn time(&mut self, operations: u64) -> Duration {
        match self {
            Work::Loop(work) => {
                let start = Instant::now();
                work(operations);
                start.elapsed()
            }
            Work::Call(work) => (0..operations)
                .map(|_| {
                    work.prepare();
                    let start = Instant::now();
                    work.call();
                    start.elapsed()
                })
                .sum(),
            Work::Timed(work) => work(operations),
        }
    }

    /// Runs `operations` of them, untimed.
    pub(crate) fn run(&mut self, operations: u64) {
        match self {
            Work::Loop(work) => work(operations),
            Work::Timed(work) => {
                work(operations);
            }
            Work::Call(work) => {
                for _ in 0..operations {
                    work.prepare();
                    work.call();
                }
            }
        }
    }
}

/// Which side a kernel is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// Arenite.
    Ours,
    /// A published allocator.
    Opponent,
    /// Hand-written or the bare machine: how far one could go.
    Floor,
    /// The loop without the allocator: what "net" subtracts.
    Loop,
}

/// One contender in one section.
pub(crate) struct Kernel {
    /// The contender.
    pub name: &'static str,
    /// Its side.
    pub side: Side,
    /// Sets it up; `None` when it is built from C and the feature `native` is off.
    pub start: Option<fn() -> Work>,
    /// A program of its own to count the instructions of, with its first arguments; the number of operations comes last.
    pub program: Option<fn() -> io::Result<Vec<OsString>>>,
    /// Whether it runs under valgrind; if not, it has times and no counts.
    pub valgrind: bool,
    /// The heap that its process runs on, when not the system's: see `routed`.
    pub heap: Option<&'static str>,
    /// Bytes held for an operation beyond those that it asked for, where the section states them.
    pub overhead: Option<fn() -> f64>,
    /// What the reader should know about this one.
    pub note: Option<&'static str>,
}

impl Kernel {
    fn new(side: Side, name: &'static str, start: fn() -> Work) -> Self {
        Self { name, side, start: Some(start), program: None, valgrind: true, heap: None, overhead: None, note: None }
    }

    /// A kernel of Arenite's.
    pub(crate) fn ours(name: &'static str, start: fn() -> Work) -> Self {
        Self::new(Side::Ours, name, start)
    }

    /// A kernel in a program of another language. It has counts and no times.
    pub(crate) fn program(name: &'static str, program: fn() -> io::Result<Vec<OsString>>) -> Self {
        Self {
            side: Side::Ours,
            program: Some(program),
            note: Some("a program of its own: counted, not timed"),
            ..Self::absent(name)
        }
    }

    /// Whether there is anything to count instructions of.
    pub(crate) fn is_counted(&self) -> bool {
        self.valgrind && (self.start.is_some() || self.program.is_some())
    }

    /// A kernel of an opponent's.
    pub(crate) fn opponent(name: &'static str, start: fn() -> Work) -> Self {
        Self::new(Side::Opponent, name, start)
    }

    /// A reference point.
    pub(crate) fn floor(name: &'static str, start: fn() -> Work) -> Self {
        Self::new(Side::Floor, name, start)
    }

    /// The loop without the allocator.
    pub(crate) fn bare_loop(start: fn() -> Work) -> Self {
        Self::new(Side::Loop, "(loop alone)", start)
    }

    /// A contender that its section starts by its name: see [`Clock::Clients`].
    pub(crate) fn named(side: Side, name: &'static str) -> Self {
        Self { name, side, start: None, program: None, valgrind: true, heap: None, overhead: None, note: None }
    }

    /// An opponent that this build leaves out.
    pub(crate) fn absent(name: &'static str) -> Self {
        let note = Some("needs --features native");
        Self {
            name,
            side: Side::Opponent,
            start: None,
            program: None,
            valgrind: true,
            heap: None,
            overhead: None,
            note,
        }
    }

    /// An opponent that could not be measured here, and why: with figures from elsewhere, if there are any.
    pub(crate) fn unmeasured(name: &'static str, reason: &'static str) -> Self {
        Self { note: Some(reason), ..Self::absent(name) }
    }

    /// The same, in processes whose global allocator is another one.
    #[cfg_attr(not(feature = "native"), allow(dead_code))]
    pub(crate) fn on_heap(mut self, heap: &'static str) -> Self {
        self.heap = Some(heap);
        self
    }

    /// The same, stating how many bytes it holds for an operation beyond those asked for.
    pub(crate) fn wasting(mut self, overhead: fn() -> f64) -> Self {
        self.overhead = Some(overhead);
        self
    }

    /// The same, known to abort under valgrind, which has less address space than it reserves.
    #[cfg_attr(not(feature = "native"), allow(dead_code))]
    pub(crate) fn without_valgrind(mut self) -> Self {
        self.valgrind = false;
        self.note = Some("aborts under valgrind: no counts");
        self
    }

    /// The same, with a remark.
    pub(crate) fn noting(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }
}

/// How a section's instructions are counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Count {
    /// Not at all: the section is about time.
    Nothing,
    /// Two runs of so many steps; their difference.
    Steps(u64, u64),
    /// As `Steps`, but only inside functions of this name.
    Inside(&'static str, u64, u64),
}

/// How a section's times are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Clock {
    /// All contenders in turn in one process, so many rounds.
    Interleaved(usize),
    /// The same, each turn after an untimed one of the same contender's: for what lives in the caches, that the others'
    /// turns empty.
    Warmed(usize),
    /// Each contender in so many processes of its own, once in each, in turn: what a first use costs.
    FreshProcess(usize),
    /// Each contender is a program of `bench/clients`: so many processes of each, in turn, in each a cold job and some warm.
    Clients {
        /// Which client.
        client: &'static str,
        /// Processes.
        rounds: usize,
        /// Warm jobs in each.
        warm: usize,
    },
}

/// Contenders doing the same thing, and what ours must reach.
pub(crate) struct Section {
    /// The row of TARGETS.md, and a letter where a row has several parts: `3b`.
    pub id: &'static str,
    /// What is done.
    pub title: &'static str,
    /// Operations that belong together (the run length is a multiple of it).
    pub step: u64,
    /// What one operation is, and in which unit its time is shown.
    pub unit: Unit,
    /// How instructions are counted.
    pub count: Count,
    /// How times are taken.
    pub clock: Clock,
    /// Whether valgrind is asked about heap and system calls.
    pub calls: bool,
    /// Whether callgrind is asked how many of the instructions are the global allocator's.
    pub heap_share: bool,
    /// Whether memory is stated that the process gained for each operation (in fresh processes).
    pub growth: bool,
    /// The contenders; ours first.
    pub kernels: Vec<Kernel>,
    /// What ours must reach.
    pub criteria: Vec<Criterion>,
}

impl Section {
    /// A section of [`GROUP`]s with interleaved times and counted instructions, with no contenders yet.
    pub(crate) fn new(id: &'static str, title: &'static str) -> Self {
        Self {
            id,
            title,
            step: GROUP,
            unit: Unit::Nanoseconds,
            count: Count::Steps(20, 120),
            clock: Clock::Interleaved(61),
            calls: false,
            heap_share: false,
            growth: false,
            kernels: Vec::new(),
            criteria: Vec::new(),
        }
    }

    /// The row of TARGETS.md.
    pub(crate) fn row(&self) -> u32 {
        self.id.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().expect("an id starts with its row")
    }

    /// A kernel's name in the registry: `3b/bumpalo`.
    pub(crate) fn kernel_name(&self, kernel: &Kernel) -> String {
        format!("{}/{}", self.id, kernel.name)
    }
}

/// The unit of a section's times.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// Nanoseconds for an operation.
    Nanoseconds,
    /// Microseconds for an operation.
    Microseconds,
}

impl Unit {
    /// Nanoseconds in one.
    pub(crate) fn nanoseconds(self) -> f64 {
        match self {
            Unit::Nanoseconds => 1.0,
            Unit::Microseconds => 1000.0,
        }
    }

    /// As it is printed.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Unit::Nanoseconds => "ns",
            Unit::Microseconds => "us",
        }
    }
}

/// The kernel of that name, with its section.
pub(crate) fn find<'a>(sections: &'a [Section], name: &str) -> Option<(&'a Section, &'a Kernel)> {
    sections
        .iter()
        .flat_map(|section| section.kernels.iter().map(move |kernel| (section, kernel)))
        .find(|(section, kernel)| section.kernel_name(kernel) == name)
}
