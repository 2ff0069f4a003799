//! What happens to a fault.

use super::{ENABLED, Fault, FaultKind, stderr, thread};
use crate::sync::{AtomicU64, AtomicUsize, Lock, Ordering};
use alloc::sync::Arc;

/// What a program does after a fault was told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Policy {
    /// It goes on. What was asked is refused where it can be.
    #[default]
    Report,
    /// The call that found it panics with the report; not while its thread is panicking already.
    Panic,
    /// The process ends.
    Abort,
}

impl Policy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Report, Self::Panic, Self::Abort];

    /// Its name, as in `on-fault:panic`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Panic => "panic",
            Self::Abort => "abort",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

const KINDS: usize = FaultKind::ALL.len();
/// Numbers of policies and counts: each stands for itself and orders nothing, so relaxed.
static POLICIES: [AtomicUsize; KINDS] = [const { AtomicUsize::new(0) }; KINDS];
static COUNTS: [AtomicU64; KINDS] = [const { AtomicU64::new(0) }; KINDS];
static CALLBACK: Lock<Option<Callback>> = Lock::new(None);

type Callback = Arc<dyn Fn(&Fault) + Send + Sync>;

/// Sets what happens after a fault of this kind.
pub fn set_policy(kind: FaultKind, policy: Policy) {
    if ENABLED {
        // The environment speaks first, so that the program has the last word.
        let _ = super::epoch();
        POLICIES[kind.number()].store(policy as usize, Ordering::Relaxed);
    }
}

/// Sets what happens after a fault of any kind.
pub fn set_policies(policy: Policy) {
    FaultKind::ALL.into_iter().for_each(|kind| set_policy(kind, policy));
}

/// What happens after a fault of this kind.
#[must_use]
pub fn policy(kind: FaultKind) -> Policy {
    let _ = super::epoch();
    Policy::ALL.get(POLICIES[kind.number()].load(Ordering::Relaxed)).copied().unwrap_or_default()
}

/// Tells faults to `callback` instead of stderr, from any thread that finds one. It may print the fault, keep it (faults
/// are `Copy`), or panic. What it allocates is not watched, and a fault found while it runs is counted and not told.
///
/// ```
/// use arenite::debug::{self, Fault, FaultKind, Owner};
/// use std::sync::{Arc, Mutex};
/// let seen = Arc::new(Mutex::new(Vec::new()));
/// let list = seen.clone();
/// debug::on_fault(move |fault| list.lock().unwrap().push(*fault));
/// Fault::new(FaultKind::Leak, Owner::new("a heap", None)).report();
/// # #[cfg(not(feature = "debug"))] return;
/// assert_eq!(seen.lock().unwrap()[0].kind, FaultKind::Leak);
/// ```
pub fn on_fault(callback: impl Fn(&Fault) + Send + Sync + 'static) {
    if ENABLED {
        // Dropped after the lock is: dropping a callback runs code that is not ours.
        let _before = CALLBACK.lock().replace(Arc::new(callback));
    }
}

/// Tells faults to stderr again: undoes [`on_fault`].
pub fn to_stderr() {
    let _before = CALLBACK.lock().take();
}

/// How many faults were found so far, told or not.
#[must_use]
pub fn faults() -> u64 {
    COUNTS.iter().map(|count| count.load(Ordering::Relaxed)).sum()
}

/// How many of this kind.
#[must_use]
pub fn faults_of(kind: FaultKind) -> u64 {
    COUNTS[kind.number()].load(Ordering::Relaxed)
}

/// Whether this thread is telling a fault now: an allocator that is called meanwhile notes and checks nothing.
pub(crate) fn reporting() -> bool {
    ENABLED && thread::is_reporting()
}

/// Ends the telling, also by a panic of the callback.
struct Telling;

impl Drop for Telling {
    fn drop(&mut self) {
        thread::set_reporting(false);
    }
}

impl Fault {
    /// Counts the fault, tells it to stderr or the callback, then does what the policy of its kind says. Allocates nothing
    /// from the program's global allocator, other than the message of a panic, what a callback allocates, and the names in
    /// stacks with the feature `symbols`.
    ///
    /// An allocator holds no lock and has its state whole when it calls this: callbacks may use it, and a panic may come.
    ///
    /// # Panics
    /// By [`Policy::Panic`], with the report.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub fn report(self) {
        if !ENABLED {
            return;
        }
        if self.tell() {
            self.obey();
        }
    }

    /// Reports several that one walk found: all are told before the first policy is obeyed, so that a panic loses none.
    ///
    /// # Panics
    /// By [`Policy::Panic`], with the first report whose kind has it.
    #[track_caller]
    pub(crate) fn report_all(faults: &[Self]) {
        let mut obey = None;
        for fault in faults {
            let told = ENABLED && fault.tell();
            if told && policy(fault.kind) > obey.map_or(Policy::Report, |fault: &Self| policy(fault.kind)) {
                obey = Some(fault);
            }
        }
        if let Some(fault) = obey {
            fault.obey();
        }
    }

    /// Counts it, and tells it unless this thread is telling one already; whether it was told.
    fn tell(&self) -> bool {
        COUNTS[self.kind.number()].fetch_add(1, Ordering::Relaxed);
        if thread::set_reporting(true) {
            return false;
        }
        let _telling = Telling;
        let callback = CALLBACK.lock().clone();
        match callback {
            Some(callback) => callback(self),
            None => stderr::print(format_args!("arenite: {self}\n")),
        }
        true
    }

    /// Counts it and tells it to stderr, with the instruction that did it: the process is about to end.
    #[cfg(all(unix, feature = "std", feature = "debug", not(any(miri, arenite_shuttle))))]
    pub(super) fn tell_last(&self, instruction: Option<usize>) {
        COUNTS[self.kind.number()].fetch_add(1, Ordering::Relaxed);
        stderr::print(format_args!("arenite: {self}\n"));
        // Apart, as finding its name may need more than a signal's stack has.
        if let Some(instruction) = instruction {
            stderr::print(format_args!("  by the instruction at {}\n", super::Datum(instruction)));
        }
    }

    #[track_caller]
    fn obey(&self) {
        match policy(self.kind) {
            Policy::Report => {}
            Policy::Panic if panicking() => {}
            Policy::Panic => panic!("{self}"),
            Policy::Abort => abort(),
        }
    }
}

#[cfg(feature = "std")]
fn panicking() -> bool {
    std::thread::panicking()
}

/// Not known; a second panic ends the program.
#[cfg(not(feature = "std"))]
fn panicking() -> bool {
    false
}

#[cfg(feature = "std")]
fn abort() -> ! {
    std::process::abort()
}

/// A panic that would leave an `extern "C"` function ends the program.
#[cfg(not(feature = "std"))]
extern "C" fn abort() -> ! {
    panic!("a memory fault, whose policy is to end the program")
}
