//! Debugging while the program runs: what is switched on, and what is told.
//!
//! A [`Grade`] says how closely allocators are watched: the whole process ([`set_grade`]), a tag ([`set_tag_grade`]), or
//! what belongs to a node of a name ([`set_node_grade`]); the environment says it before the first allocation:
//!
//! | `ARENITE_DEBUG=` | |
//! |---|---|
//! | `guard` | this [`Grade`] for every watched allocator of the process |
//! | `audio:guard` | for what a tag pays for: its name, or its number |
//! | `level:page` | for what a node of this name pays for |
//! | `shake:7` | a seed to vary places and paddings with: a fault can hide behind a lucky layout |
//! | `sample:16` | [`Grade::Sites`] notes each 16th allocation |
//! | `stacks:100` | each 100th call site with the whole stack |
//! | `check:1000` | every watched block is checked once in 1,000 allocations and frees of a thread |
//! | `on-fault:panic` | the [`Policy`] for every fault |
//!
//! Several stand with commas between them, as in `ARENITE_DEBUG=audio:guard,quarantine,shake:7`; the nearest wins: node,
//! tag, process. [`configure`] takes the same words while the program runs.
//!
//! **Under a tool** - valgrind's memcheck, or in a program that is built with AddressSanitizer or MemorySanitizer - the
//! process starts in [`Grade::Guard`], and allocators tell the tool which bytes are in use: a use after a reset, rewind or
//! free and an overrun end in the tool's own report, at the line that reads or writes. What is freed one by one is held
//! back then as under [`Grade::Quarantine`], so that the tool sees a use after that. `ARENITE_DEBUG=off` overrules, as does
//! [`set_grade`]. Other tools of valgrind (callgrind, massif) change nothing.
//!
//! What is found is a [`Fault`]: who, what, where, and what to do. It goes to stderr, or to a callback ([`on_fault`]), and
//! then the program goes on, panics or ends ([`set_policy`]). What is still live is a [`LeakReport`] ([`leaks`]). A cycle
//! that is meant to touch neither heap nor system, and to leave nothing behind, is held to it by [`report::assert_steady`](crate::report::assert_steady).
//! [`report`](crate::report) walks everything that is watched: its integrity check, its list of live blocks, and the
//! search for pointers that outlive what they point to.
//!
//! Without the cargo feature `debug` (on by default) all of this stays callable and does nothing.
//!
//! ```
//! use arenite::{Tag, debug::{self, Grade}};
//! debug::set_tag_grade(Tag::AUDIO, Grade::Guard);
//! # #[cfg(not(feature = "debug"))] return;
//! assert_eq!(debug::grade_of(Tag::AUDIO), Grade::Guard);
//! assert_eq!(debug::grade_of(Tag::PHYSICS), debug::grade());
//! ```
//!
//! More in the repository: which switch finds what, what each costs and what each allocator can promise, in
//! `docs/debugging.md`; what goes wrong in a game and what says so, in `docs/games.md`.
//!
//! This is the ground floor: allocators import it, and it imports none. **Arenas, heaps, pools, stacks and rings obey it by
//! themselves; [`layer::Watched`](crate::layer::Watched) makes whatever allocator is put below it obey.** The others -
//! thread blocks, shared arenas, fixed and two-ended buffers - are not watched without that layer.

mod aside;
mod block_record;
#[cfg_attr(not(feature = "debug"), allow(dead_code, unused_imports, reason = "books are never opened"))]
mod books;
mod config;
mod counts;
mod fault;
mod fault_kind;
mod fault_text;
mod fence;
mod fill;
#[cfg(any(feature = "ring", feature = "stack"))]
mod filled;
#[cfg(feature = "std")]
mod foreign;
mod frames;
mod grade;
mod guarded;
mod heard;
#[cfg_attr(not(feature = "debug"), allow(dead_code, reason = "books are never opened"))]
mod index;
#[cfg_attr(not(feature = "debug"), allow(dead_code, reason = "books are never opened"))]
mod integrity;
#[cfg(any(feature = "heap", feature = "layer"))]
mod keeper;
mod leaks;
#[cfg_attr(not(feature = "debug"), allow(dead_code, reason = "books are never opened"))]
mod ledger;
mod owner;
mod page_faults;
#[cfg_attr(not(feature = "std"), path = "no_pages.rs")]
mod pages;
mod past;
mod place;
mod policy;
mod safepoint;
mod settings;
mod shake;
mod site;
#[cfg(feature = "pool")]
mod slot_books;
#[cfg(feature = "pool")]
mod slot_watch;
#[cfg(all(feature = "std", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod stack;
mod stacks;
mod stand_ins;
pub(crate) mod stderr;
mod suppress;
mod text;
mod thread;
#[cfg_attr(not(feature = "debug"), allow(dead_code, reason = "nobody is told anything"))]
pub(crate) mod tools;
#[cfg(all(test, feature = "std"))]
pub(crate) mod turns;
mod verdict;
#[cfg_attr(not(feature = "debug"), allow(unused_imports, reason = "the grade is a constant"))]
mod watch;

pub use block_record::{BlockRecord, BlockState};
pub use books::{leaks, this_allocation_is_not_a_leak};
pub use config::{ConfigError, configure};
pub use counts::Counts;
pub use fault::{Fault, FaultDetail};
pub use fault_kind::FaultKind;
pub use fill::Fill;
#[cfg(feature = "std")]
pub use foreign::calling_from;
#[cfg(feature = "std")]
pub(crate) use foreign::site as foreign_site;
pub use grade::{Grade, UnknownGrade};
pub use leaks::{Leak, LeakReport};
pub use owner::Owner;
pub use page_faults::explain_page_faults;
pub use policy::{Policy, faults, faults_of, on_fault, policy, set_policies, set_policy, to_stderr};
pub use safepoint::safepoint;
pub use settings::{
    epoch, grade, grade_of, set_check_every, set_grade, set_node_grade, set_sampling, set_shake, set_stacks,
    set_tag_grade, shake,
};
pub use site::Site;
pub use stacks::StackId;
pub use suppress::suppress_leaks;
pub use text::Text;

pub(crate) use aside::Aside;
pub(crate) use books::{Books, leaks_where};
pub(crate) use fence::Fences;
pub(crate) use fill::{Difference, fill, first_difference, first_written};
#[cfg(any(feature = "ring", feature = "stack"))]
pub(crate) use filled::{Filled, Written};
#[cfg(feature = "std")]
pub(crate) use frames::Datum;
pub(crate) use guarded::Guarded;
pub(crate) use heard::Heard;
pub(crate) use integrity::{Checked, check_books, check_if_due};
#[cfg(any(feature = "heap", feature = "layer"))]
pub(crate) use keeper::{Keeper, Raw, Refused, Unchanged};
pub(crate) use ledger::{Dies, Ledger, NewBlock};
pub(crate) use pages::pages;
pub(crate) use past::Past;
pub(crate) use place::Place;
pub(crate) use policy::reporting;
#[cfg(feature = "std")]
pub(crate) use settings::{all_off, changed, tell_of_changes};
pub(crate) use settings::{grade_for, left_out, sampled, sampling};
#[cfg(feature = "pool")]
pub(crate) use slot_books::{Ending, Freed, SlotBooks};
#[cfg(feature = "pool")]
pub(crate) use slot_watch::SlotWatch;
pub(crate) use verdict::{After, Verdict};
pub(crate) use watch::Watch;
#[cfg(all(feature = "std", target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
pub(crate) use {
    safepoint::{Parked, with_parked},
    stack::{from as stack_from, registers, thread_number},
};

pub(crate) use {books::each_ledger, shake::Shake, thread::this_thread};

/// What is live now in one allocator, as [`leaks`] says it.
pub(crate) fn leaks_of(books: &Books) -> LeakReport {
    LeakReport::of(|add| {
        books.with(|ledger| {
            ledger.live().filter(|record| !record.not_a_leak).for_each(|record| add(books.owner(), record));
        });
    })
}

/// Whether any of this does anything. A constant, so that what depends on it is compiled away.
pub(crate) const ENABLED: bool = cfg!(feature = "debug");

#[cfg(not(feature = "std"))]
pub(crate) use allocator_api2::alloc::Global as Metadata;
/// Where everything of this room keeps what it knows: the C heap, never the program's global allocator, which may itself
/// route to an allocator that is being debugged.
#[cfg(feature = "std")]
pub(crate) use std::alloc::System as Metadata;
