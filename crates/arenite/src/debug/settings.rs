//! What is switched on, for whom.

use super::{
    ENABLED, Grade, Metadata, Text, config,
    thread::{self, Of},
    tools,
};
use crate::{
    Tag,
    sync::{AtomicBool, AtomicU64, AtomicUsize, Lock, Ordering},
};
use allocator_api2::vec::Vec;

/// 0 before the environment was read, then one more with each change. Its release increments pair with the acquire load in
/// [`epoch`]: who sees a new epoch sees the settings that it stands for. All else here is relaxed for that reason.
static EPOCH: AtomicUsize = AtomicUsize::new(0);
static PROCESS: AtomicUsize = AtomicUsize::new(0);
/// 0: as the process. Otherwise the grade's number plus 1.
static TAGS: [AtomicUsize; Tag::COUNT] = [const { AtomicUsize::new(0) }; Tag::COUNT];
static NODES: Lock<Vec<(Text, Grade), Metadata>> = Lock::new(Vec::new_in(Metadata));
/// Whether `NODES` holds anything: spares the lock when it does not.
static ANY_NODE: AtomicBool = AtomicBool::new(false);
static SHAKEN: AtomicBool = AtomicBool::new(false);
static SEED: AtomicU64 = AtomicU64::new(0);
static SAMPLE: AtomicUsize = AtomicUsize::new(1);
static STACKS: AtomicUsize = AtomicUsize::new(0);
static CHECK: AtomicUsize = AtomicUsize::new(0);

/// A number that changes with every change of a setting: an allocator compares it on its cold paths with the one it saw
/// last, and asks for its grade again when it differs. One load.
///
/// The first call of the process looks for a tool ([`debug`](super)) and reads `ARENITE_DEBUG`. That may allocate, so an allocator holds no lock then; what other
/// threads ask meanwhile is answered as if nothing were switched on.
#[must_use]
#[inline]
pub fn epoch() -> usize {
    if !ENABLED {
        return 0;
    }
    match EPOCH.load(Ordering::Acquire) {
        0 => begin(),
        epoch => epoch,
    }
}

/// [`epoch`], as far as the first call has been; else 0. Never a call.
#[cfg(feature = "debug")]
#[inline(always)]
pub(crate) fn epoch_at_hand() -> usize {
    EPOCH.load(Ordering::Acquire)
}

/// The first to come looks for tools and reads the environment; whoever comes meanwhile - an allocator that the reading itself calls, too -
/// does not wait.
#[cold]
fn begin() -> usize {
    if EPOCH.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire).is_ok() {
        if tools::active() {
            // Whoever starts a program under a tool wants to hear of its faults, and allocators tell when sealed.
            set_grade(Grade::Guard);
        }
        config::read_environment();
    }
    EPOCH.load(Ordering::Acquire)
}

/// Who is told of changes at once: those whose fast paths would not see them.
static TOLD: Lock<[Option<Tell>; 4]> = Lock::new([None; 4]);

type Tell = fn();

/// Makes a change known.
pub(crate) fn changed() {
    let _ = epoch();
    EPOCH.fetch_add(1, Ordering::Release);
    // Called without the lock: who is told takes locks of its own.
    let told = *TOLD.lock();
    told.into_iter().flatten().for_each(|tell| tell());
}

/// Lets `tell` be called after each change, on the thread that makes it. Once is enough; more do no harm. An allocator
/// that reads the epoch after this has returned is told of every later one.
#[cfg(feature = "std")]
pub(crate) fn tell_of_changes(tell: Tell) {
    if !ENABLED {
        return;
    }
    let mut told = TOLD.lock();
    if !told.iter().flatten().any(|known| core::ptr::fn_addr_eq(*known, tell)) {
        let free = told.iter_mut().find(|place| place.is_none());
        debug_assert!(free.is_some(), "there is a place for each kind of allocator that is told");
        free.into_iter().for_each(|place| *place = Some(tell));
    }
}

/// Whether no grade is set for anything: an allocator made now need not ask. May be `false` all the same.
#[cfg(feature = "std")]
pub(crate) fn all_off() -> bool {
    !ENABLED
        || PROCESS.load(Ordering::Relaxed) == 0
            && !ANY_NODE.load(Ordering::Relaxed)
            && TAGS.iter().all(|entry| entry.load(Ordering::Relaxed) <= 1)
}

/// Sets the grade of the whole process: of everything that no tag or node has a grade of its own for. From any thread, at
/// any time; an allocator sees it on its next cold path, an arena's window within 64 KiB of allocation.
pub fn set_grade(grade: Grade) {
    if ENABLED {
        // The environment speaks first, so that the program has the last word.
        let _ = epoch();
        PROCESS.store(grade.number(), Ordering::Relaxed);
        changed();
    }
}

/// The grade of the whole process. Unless something was set it is off, and [`Grade::Guard`] under a tool
/// ([`debug`](super)).
#[must_use]
pub fn grade() -> Grade {
    if epoch() == 0 { Grade::Off } else { Grade::from_number(PROCESS.load(Ordering::Relaxed)) }
}

/// Sets the grade of what a tag pays for; `None`: that of the process. As [`set_grade`].
pub fn set_tag_grade(tag: Tag, grade: impl Into<Option<Grade>>) {
    if ENABLED {
        let _ = epoch();
        let entry = grade.into().map_or(0, |grade| grade.number() + 1);
        TAGS[usize::from(tag.number())].store(entry, Ordering::Relaxed);
        changed();
    }
}

/// Sets the grade of what nodes of this name pay for; `None`: that of their tag or of the process. As [`set_grade`]. Of
/// the name [`Text::CAPACITY`] bytes count.
///
/// Should the C heap have no memory for it, nothing changes.
pub fn set_node_grade(name: &str, grade: impl Into<Option<Grade>>) {
    if !ENABLED {
        return;
    }
    let _ = epoch();
    let name = Text::new(name);
    let mut nodes = NODES.lock();
    match grade.into() {
        Some(grade) => match nodes.iter().position(|(known, _)| *known == name) {
            Some(at) => nodes[at].1 = grade,
            None if nodes.try_reserve(1).is_ok() => nodes.push((name, grade)),
            None => return,
        },
        None => nodes.retain(|(known, _)| *known != name),
    }
    ANY_NODE.store(!nodes.is_empty(), Ordering::Relaxed);
    drop(nodes);
    changed();
}

/// The grade of what a tag pays for: its own, or else that of the process.
#[must_use]
pub fn grade_of(tag: impl Into<Option<Tag>>) -> Grade {
    grade_for(tag.into(), None)
}

/// The grade of an allocator: that of its node's name, or else of its tag, or else of the process.
pub(crate) fn grade_for(tag: Option<Tag>, name: Option<&str>) -> Grade {
    if epoch() == 0 {
        return Grade::Off;
    }
    if let Some(name) = name.filter(|_| ANY_NODE.load(Ordering::Relaxed)) {
        let name = Text::new(name);
        if let Some(&(_, grade)) = NODES.lock().iter().find(|(known, _)| *known == name) {
            return grade;
        }
    }
    let entry = tag.map_or(0, |tag| TAGS[usize::from(tag.number())].load(Ordering::Relaxed));
    Grade::from_number(entry.checked_sub(1).unwrap_or_else(|| PROCESS.load(Ordering::Relaxed)))
}

/// Perturbs places and paddings with a seed, or no longer (`None`): a fault can hide behind a lucky layout. Blocks that
/// are made from now on are meant.
pub fn set_shake(seed: impl Into<Option<u64>>) {
    if ENABLED {
        let _ = epoch();
        let seed = seed.into();
        SEED.store(seed.unwrap_or(0), Ordering::Relaxed);
        SHAKEN.store(seed.is_some(), Ordering::Relaxed);
        changed();
    }
}

/// The seed of [`set_shake`].
#[must_use]
pub fn shake() -> Option<u64> {
    (epoch() != 0 && SHAKEN.load(Ordering::Relaxed)).then(|| SEED.load(Ordering::Relaxed))
}

/// Lets [`Grade::Sites`] note one allocation in `every`, counted by thread. 1 (every one) unless set; 0 is taken for 1.
/// Of what is left out an arena counts the bytes and nothing else: two threads in one arena at once are then seen in the
/// sample alone.
pub fn set_sampling(every: usize) {
    if ENABLED {
        let _ = epoch();
        SAMPLE.store(every.max(1), Ordering::Relaxed);
        changed();
    }
}

/// Lets one call site in `every` come with its whole stack, counted by thread; 0, the default: none. A stack costs about a
/// microsecond for each of its frames.
pub fn set_stacks(every: usize) {
    if ENABLED {
        let _ = epoch();
        STACKS.store(every, Ordering::Relaxed);
        changed();
    }
}

/// Lets every watched block of the process be checked ([`report::check_integrity`](crate::report::check_integrity)) once in
/// so many allocations and frees of a thread that enter or leave books; 0, the default: only when asked. Found faults
/// are reported at the thread's next allocation or free, before that changes anything: between two such places a fault
/// arose.
///
/// A check looks at 32 bytes or more of each live block and at all that is held back, some 60 ns a block: with 10,000 live
/// blocks `check:1000` makes each operation about half a microsecond dearer, and `check:1` half a millisecond. The books of
/// all allocators are locked one after the other meanwhile.
pub fn set_check_every(operations: usize) {
    if ENABLED {
        let _ = epoch();
        CHECK.store(operations, Ordering::Relaxed);
        changed();
    }
}

/// Whether books are checked now and then.
pub(super) fn checks() -> bool {
    CHECK.load(Ordering::Relaxed) != 0
}

/// Whether this operation is the one in so many after which books are checked.
pub(super) fn check_turn() -> bool {
    ENABLED
        && match CHECK.load(Ordering::Relaxed) {
            0 => false,
            every => thread::tick(Of::Operations) % every == 0,
        }
}

/// Whether [`Grade::Sites`] is to note this allocation.
pub(crate) fn sampled() -> bool {
    ENABLED
        && match SAMPLE.load(Ordering::Relaxed) {
            1 => true,
            every => thread::tick(Of::Allocations) % every == 0,
        }
}

/// Whether the next allocation is one that [`Grade::Sites`] leaves out: then it is counted, and else it is still to be asked
/// for by [`sampled`].
pub(crate) fn left_out() -> bool {
    ENABLED && thread::tick_between(Of::Allocations, SAMPLE.load(Ordering::Relaxed))
}

/// Whether [`Grade::Sites`] leaves blocks out.
pub(crate) fn sampling() -> bool {
    ENABLED && SAMPLE.load(Ordering::Relaxed) != 1
}

/// Whether this call site is to come with its stack.
#[inline]
pub(super) fn stack_wanted() -> bool {
    ENABLED
        && match STACKS.load(Ordering::Relaxed) {
            0 => false,
            every => thread::tick(Of::Stacks) % every == 0,
        }
}

#[cfg(all(test, feature = "debug", feature = "std"))]
#[test]
fn a_node_of_a_name_goes_before_its_tag_until_its_grade_is_taken_back() {
    let _change = super::turns::change();
    // A tag and a name that no other test of this binary uses.
    let (tag, name) = (Tag::new(31), "the node of this test");
    set_tag_grade(tag.unwrap(), Grade::Count);
    set_node_grade(name, Grade::Page);
    set_node_grade(name, Grade::Guard);
    let mut watch = super::Watch::new();
    assert_eq!((watch.look(tag, Some(name)), watch.grade()), (Some(Grade::Guard), Grade::Guard));
    assert_eq!(grade_for(tag, Some("another")), Grade::Count);
    assert_eq!(grade_for(None, Some(name)), Grade::Guard);
    set_node_grade(name, None);
    assert_eq!(watch.look(tag, Some(name)), Some(Grade::Count));
    assert_eq!(watch.look(tag, Some(name)), None);
    set_tag_grade(tag.unwrap(), None);
}

#[cfg(all(test, feature = "debug", feature = "std"))]
#[test]
fn samples_of_allocations_and_of_stacks_do_not_miss_each_other() {
    let _change = super::turns::change();
    // On a thread of its own, whose counts start anew; other tests of this binary leave these two settings alone.
    let draw = || (sampled(), stack_wanted());
    set_sampling(4);
    set_stacks(2);
    let drawn = std::thread::spawn(move || (0..100).map(|_| draw()).collect::<std::vec::Vec<_>>()).join().unwrap();
    set_sampling(0);
    set_stacks(0);
    assert_eq!(drawn.iter().filter(|drawn| drawn.0).count(), 25);
    assert_eq!(drawn.iter().filter(|drawn| drawn.1).count(), 50);
    assert!((0..10).all(|_| sampled() && !stack_wanted()));
}
