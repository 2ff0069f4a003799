//! Scratch: memory that a function uses and loses, at the price of a thread-local.
//!
//! Every thread has an arena for it, made at the first use and freed when the thread ends. [`scratch`] lends it to a
//! closure as a [`Scope`]. A scratch inside a scratch gets another arena: *an open scratch has its arena to itself*. That
//! is how the conflict rule of scratch arenas is kept here. Elsewhere a thread has two, whoever returns results in an
//! arena has to name it as a conflict, and one name forgotten destroys the results; here nothing has to be named, no
//! number of result arenas is too many, and a nested scratch can never touch, or refuse, what an outer one holds.
//!
//! How: the way to the arena of the outermost scratch lies in a `const` thread-local without `Drop`, which is plain memory
//! behind the thread register, beside a flag that says "in use" (or not yet made). The arenas of nested ones, and the duty
//! to free all of them, lie with a second thread-local that has a `Drop` and is touched on the cold path only. It frees no
//! arena that is in use: the process may end in the middle of a scratch, while other threads read what that holds.

use crate::{
    AllocError, Arena, ArenaOptions, Node, Scope,
    sync::{AtomicPtr, Ordering},
};
use alloc::boxed::Box;
use core::{
    cell::Cell,
    mem,
    ptr::{self, NonNull},
};

/// First block of the arena of a thread's outermost scratch, and the size up to which its blocks double. Those of nested
/// ones have the sizes of [`Arena::new`].
const FIRST_BLOCK: usize = 64 << 10;
const LARGEST_BLOCK: usize = 1 << 20;

/// How many arenas a thread keeps for nested scratch.
const SPARES: usize = 8;

/// The arena of a thread's outermost scratch. While `taken` is false, `arena` is a live one that nobody uses; whoever
/// sets `taken` has it alone.
struct First {
    taken: Cell<bool>,
    arena: Cell<NonNull<Arena>>,
}

/// A thread's arenas for nested scratch. Dropped, at the end of the thread, it frees the first one too.
struct Store {
    /// Whether the first arena has been made.
    has_first: Cell<bool>,
    /// How many of `spares`, counted from the front, are there.
    kept: Cell<usize>,
    spares: [Cell<Option<Box<Arena>>>; SPARES],
}

impl Store {
    const fn new() -> Self {
        Self { has_first: Cell::new(false), kept: Cell::new(0), spares: [const { Cell::new(None) }; SPARES] }
    }

    /// The spare arena that was used last.
    fn pop(&self) -> Option<Box<Arena>> {
        let last = self.kept.get().checked_sub(1)?;
        self.kept.set(last);
        self.spares[last].take()
    }

    /// Keeps an arena, or hands it back where enough are kept.
    fn push(&self, arena: Box<Arena>) -> Option<Box<Arena>> {
        let kept = self.kept.get();
        let Some(slot) = self.spares.get(kept) else { return Some(arena) };
        self.kept.set(kept + 1);
        slot.replace(Some(arena))
    }
}

crate::sync::thread_local! {
    static FIRST: First = const { First { taken: Cell::new(true), arena: Cell::new(NonNull::dangling()) } };
    static STORE: Store = const { Store::new() };
}

const _: () = assert!(!mem::needs_drop::<First>(), "its thread-local would have to be registered at each use");

impl Drop for Store {
    fn drop(&mut self) {
        let _inside = crate::fork::enter();
        if let Some(taken) = Taken::take() {
            // SAFETY: a box that `Taken::put` leaked, free and thus unused, and from now on taken for ever.
            drop(unsafe { Box::from_raw(taken.0.as_ptr()) });
            mem::forget(taken);
        }
    }
}

/// The first arena, in use. Dropped, in a panic too, it is free again.
pub(crate) struct Taken(NonNull<Arena>);

impl Taken {
    #[inline(always)]
    fn take() -> Option<Self> {
        // An error only where thread-locals are emulated, at the very end of a thread.
        let taken = FIRST.try_with(|first| (!first.taken.replace(true)).then(|| Self(first.arena.get())));
        taken.ok().flatten()
    }

    /// Makes `arena` the thread's first one, in use.
    fn put(arena: Arena) -> Self {
        let arena = NonNull::from(Box::leak(Box::new(arena)));
        let _ = FIRST.try_with(|first| first.arena.set(arena));
        Self(arena)
    }

    #[inline(always)]
    #[track_caller]
    fn open(&self) -> Scope<'_> {
        // SAFETY: a live arena that is this value's alone, and freed only by who takes it after this.
        unsafe { self.0.as_ref() }.scope()
    }
}

impl Drop for Taken {
    #[inline(always)]
    fn drop(&mut self) {
        let _ = FIRST.try_with(|first| first.taken.set(false));
    }
}

/// An arena for a nested scratch, in use. Dropped, in a panic too, it is kept or freed.
pub(crate) struct Spare(Option<Box<Arena>>);

impl Drop for Spare {
    fn drop(&mut self) {
        let Some(arena) = self.0.take() else { return };
        // Where the thread is ending there is no store, and the arena is dropped with the closure.
        let _ = STORE.try_with(|store| store.push(arena));
    }
}

/// Lends `work` a scope that is this thread's for the time of the call: temporary memory, all of it taken back when
/// `work` returns or panics. Registered values are dropped then. Everything that allocates is on
/// [`Handle`](crate::Handle).
///
/// Nested calls, in `work` or in anything that it calls, get memory apart from all that is open, so that results can go
/// into any outer scratch:
///
/// ```
/// use arenite::{Handle, scratch};
///
/// /// Joins the words; `results` may itself be a scratch.
/// fn title<'r>(words: &[&str], results: &'r Handle) -> &'r str {
///     scratch(|temp| {
///         let parts = temp.alloc_slice_from_iter(words.iter().map(|word| word.len()));
///         results.alloc_fmt(format_args!("{} in {} letters", words.join(" "), parts.iter().sum::<usize>()))
///     })
/// }
///
/// let length = scratch(|temp| title(&["sand", "grains"], temp).len());
/// assert_eq!(length, "sand grains in 10 letters".len());
/// ```
/// Nothing that the scope handed out can leave it:
/// ```compile_fail
/// let escaped = arenite::scratch(|temp| temp.alloc(1));
/// ```
/// ```compile_fail
/// let mut kept = None;
/// arenite::scratch(|temp| kept = Some(temp.alloc_str("gone")));
/// println!("{kept:?}");
/// ```
/// nor cross to another thread, where it would allocate:
/// ```compile_fail
/// arenite::scratch(|temp| std::thread::scope(|threads| { threads.spawn(|| temp.alloc(1)); }));
/// ```
///
/// In an executable on x86-64, entering, one `alloc(u64)` and leaving take 12 instructions (callgrind, the loop
/// subtracted). A nested call takes some 150: where a recursion can, it passes its scope down and opens a
/// [`Scope::scope`] at each level (7 instructions). That shares one arena, and makes the outer scope refuse, naming the
/// place, while an inner one is open.
///
/// A thread keeps the blocks of its outermost scratch, and of some nested ones, for the next; they go back at
/// [`scratch_clear`] and when the thread ends. In the destructor of a thread-local that runs later than that, each scratch
/// gets an arena of its own and frees it.
///
/// # Panics
/// When the first block of an arena is refused (see [`try_scratch`]), and when `work` panics.
#[inline(always)]
#[track_caller]
pub fn scratch<R>(work: impl FnOnce(&Scope<'_>) -> R) -> R {
    // Not by way of `try_scratch`: the result of `work` would then be wrapped in memory.
    if let Some(first) = Taken::take() {
        let scope = first.open();
        return work(&scope);
    }
    match nested(work) {
        Ok(result) => result,
        Err(refused) => refused.panic(),
    }
}

/// As [`scratch`].
///
/// # Errors
/// The reason why the first block of an arena is refused: no memory, or a hard budget of [`scratch_node`]. `work` was not
/// called; whatever scratch is open stays as it is.
///
/// # Panics
/// When `work` does.
#[inline(always)]
#[track_caller]
pub fn try_scratch<R>(work: impl FnOnce(&Scope<'_>) -> R) -> Result<R, AllocError> {
    if let Some(first) = Taken::take() {
        let scope = first.open();
        return Ok(work(&scope));
    }
    nested(work)
}

/// The first scratch of a thread, and one that finds another open.
#[cold]
#[inline(never)]
#[track_caller]
fn nested<R>(work: impl FnOnce(&Scope<'_>) -> R) -> Result<R, AllocError> {
    let lent = lend()?;
    let scope = lent.open();
    Ok(work(&scope))
}

/// An arena that is its holder's alone, to be given back empty.
pub(crate) enum Lent {
    First(Taken),
    Spare(Spare),
}

impl Lent {
    /// The outermost one's, or one for a nested scratch.
    pub(crate) fn take() -> Result<Self, AllocError> {
        Taken::take().map_or_else(lend, |first| Ok(Self::First(first)))
    }

    pub(crate) fn arena(&self) -> &Arena {
        match self {
            // SAFETY: a live arena that is this value's alone, and freed only by who takes it after this.
            Self::First(taken) => unsafe { taken.0.as_ref() },
            Self::Spare(spare) => spare.0.as_ref().expect("kept until dropped"),
        }
    }

    #[track_caller]
    fn open(&self) -> Scope<'_> {
        self.arena().scope()
    }
}

fn lend() -> Result<Lent, AllocError> {
    /// Says that the first arena still has to be made.
    struct NotMade;
    impl Drop for NotMade {
        fn drop(&mut self) {
            let _ = STORE.try_with(|store| store.has_first.set(false));
        }
    }
    // Where the thread is ending there is no store: whatever is made then is dropped after its use.
    let kept = STORE.try_with(|store| {
        let first = !store.has_first.replace(true);
        (first, if first { None } else { store.pop() })
    });
    match kept.unwrap_or((false, None)) {
        (_, Some(spare)) => Ok(Lent::Spare(Spare(Some(spare)))),
        (true, None) => {
            let undo = NotMade;
            let arena = ArenaOptions::new().node(scratch_node()).initial(FIRST_BLOCK).max(LARGEST_BLOCK).try_build()?;
            mem::forget(undo);
            Ok(Lent::First(Taken::put(arena)))
        }
        (false, None) => {
            let arena = ArenaOptions::new().node(scratch_node()).try_build()?;
            Ok(Lent::Spare(Spare(Some(Box::new(arena)))))
        }
    }
}

/// Gives back what this thread keeps for [`scratch`], apart from the first block of its first arena, and apart from what
/// is open. For after a spike. O(blocks).
///
/// ```
/// arenite::scratch(|temp| temp.alloc_slice_fill(10_000_000, 0u8).len());
/// arenite::scratch_clear();
/// assert!(arenite::scratch_node().stats().charged < 1 << 20);
/// ```
pub fn scratch_clear() {
    if let Some(mut first) = Taken::take() {
        // SAFETY: a live arena that is `first`'s alone, with no scope open.
        unsafe { first.0.as_mut() }.clear();
    }
    let _ = STORE.try_with(|store| {
        while let Some(spare) = store.pop() {
            drop(spare);
        }
    });
}

/// The node of the lifetime tree, named "scratch", that the blocks of every thread's scratch are charged to: for figures,
/// and to set a [`Budget`](crate::Budget).
///
/// ```
/// use arenite::{Budget, ErrorKind, scratch_node, try_scratch};
/// scratch_node().set_budget(Budget { hard: Some(0), ..Budget::default() });
/// let refused = try_scratch(|_| ()).unwrap_err();
/// assert!(matches!(refused.kind(), ErrorKind::BudgetExceeded { budget: 0, .. }));
/// assert!(refused.to_string().starts_with("\"scratch\" refused"));
/// ```
#[must_use]
pub fn scratch_node() -> &'static Node {
    static NODE: AtomicPtr<Node> = AtomicPtr::new(ptr::null_mut());
    let mut node = NODE.load(Ordering::Acquire); // Pairs with the exchange below: whoever sees the node sees it whole.
    if node.is_null() {
        let made = Box::into_raw(Box::new(Node::new("scratch").build()));
        node = match NODE.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => made,
            Err(first) => {
                // SAFETY: made above, and nobody has seen it: another thread was first.
                drop(unsafe { Box::from_raw(made) });
                first
            }
        };
    }
    // SAFETY: a node that was made here and is never freed.
    unsafe { &*node }
}
