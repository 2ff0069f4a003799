//! Scopes that send whatever a thread allocates to a region of its own.

use super::{
    escapes::Escapes,
    hot::{self, Hot},
    installed::scopes_active,
    region::{self, Frame, Kind, Left, ScopesInactive},
};
use core::marker::PhantomData;

/// Sends what this thread allocates in `work` to a region: chunks of 32 KiB through which a cursor moves. For any code,
/// third-party code included, that allocates through the program's allocator, which must be
/// [`Global`](super::Global).
///
/// ```
/// use arenite::context::{pinned, with_arena};
///
/// #[global_allocator]
/// static ALLOCATOR: arenite::Global = arenite::Global::new();
///
/// let longest = with_arena(|| {
///     let words: Vec<String> = "many grains make sandstone".split(' ').map(String::from).collect();
///     words.iter().map(String::len).max()
/// });
/// assert_eq!(longest, Some("sandstone".len()));
/// assert_eq!(pinned().chunks, 0); // nothing survived
/// ```
/// **Values may escape**: returned, sent to other threads, put into statics, thread-locals and caches, or carried by a
/// panic. A chunk is used again when everything in it has been freed, by whichever thread, and not before. The price is
/// that a survivor holds its whole chunk: see [`pinned`](super::pinned), [`set_pin_budget`](super::set_pin_budget) for a
/// bound, [`with_arena_reported`] to find survivors, and [`heap`] for what is meant to outlive the scope.
///
/// Freeing works as ever, and the chunk is used again when it is empty; what was allocated last is taken back at once.
/// A scope in a scope has chunks of its own. Other threads that `work` starts or wakes are not in the scope. A request of
/// more than a quarter of a chunk that does not fit has a chunk of its own, as large as a power of two of plain ones, and
/// grows in place there; one of more than 32 chunks, or aligned to more than 4 KiB, goes to the heap.
///
/// Where scopes cannot work ([`scopes_active`]) `work` is called all the same.
///
/// Opening and closing cost two requests of a heap; in between, a request that fits costs half of one or less. So it pays
/// for many requests, and least for those of large blocks.
///
/// It must not be held across a switch of stacks: a stackful coroutine that is switched in the middle of `work` ends the
/// process. For `async` code wrap each poll; a closure cannot be held across an `.await`.
///
/// # Panics
/// When `work` does; the scope is closed, and the panic's payload is whole.
#[inline]
pub fn with_arena<R>(work: impl FnOnce() -> R) -> R {
    let frame = Frame::new();
    let _open = Open::new(&frame, Kind::Plain);
    work()
}

/// As [`with_arena`], and says what was still in use when `work` returned. The scope has its chunks to itself.
///
/// With [`Grade::Sites`](crate::debug::Grade::Sites) or above for the process or for the name `with_arena`
/// ([`set_node_grade`](crate::debug::set_node_grade)), it says of each block which stack asked for it; each request then
/// takes the cold path. Without, none is slower for the report.
///
/// ```
/// use arenite::context::with_arena_reported;
///
/// #[global_allocator]
/// static ALLOCATOR: arenite::Global = arenite::Global::new();
///
/// let (kept, escapes) = with_arena_reported(|| String::from("a name"));
/// # if escapes.inactive().is_some() { return }
/// assert_eq!((escapes.bytes(), escapes.chunks()), (8, 1), "{escapes}");
/// assert_eq!(kept, "a name");
/// ```
///
/// # Panics
/// As [`with_arena`].
pub fn with_arena_reported<R>(work: impl FnOnce() -> R) -> (R, Escapes) {
    let frame = Frame::new();
    let open = Open::new(&frame, Kind::Alone);
    let result = work();
    let escapes = match open.state {
        Ok(()) => {
            let left = open.close();
            // The scope is closed: what a report allocates is no part of it.
            Escapes::new(left, frame.live())
        }
        Err(inactive) => Escapes::none(inactive),
    };
    (result, escapes)
}

/// Sends what this thread allocates in `work` to the program's heap, also inside a scope: for what is meant to outlive it,
/// such as results, caches and whatever is made once.
///
/// ```
/// use arenite::context::{heap, with_arena, with_arena_reported};
///
/// #[global_allocator]
/// static ALLOCATOR: arenite::Global = arenite::Global::new();
///
/// let (title, escapes) = with_arena_reported(|| {
///     let words = vec![String::from("grains"), String::from("of sand")];
///     heap(|| words.join(" "))
/// });
/// assert_eq!((title.as_str(), escapes.bytes()), ("grains of sand", 0));
/// ```
/// Blocks of the scope that are freed or shrink in here stay the scope's. Free of charge outside of scopes.
///
/// # Panics
/// When `work` does; the scope goes on.
#[inline]
pub fn heap<R>(work: impl FnOnce() -> R) -> R {
    struct Rest(usize, PhantomData<*const ()>);
    impl Drop for Rest {
        fn drop(&mut self) {
            hot::with(|hot| hot.set_limit(self.0));
        }
    }
    let _rest = Rest(hot::with(|hot| hot.set_limit(0)), PhantomData);
    work()
}

/// An open scope, or one that could not be opened. Dropped, in a panic too, it is closed.
pub(super) struct Open<'f> {
    frame: &'f Frame,
    pub(super) state: Result<(), ScopesInactive>,
    /// It is its thread's.
    thread: PhantomData<*const ()>,
}

impl<'f> Open<'f> {
    #[inline]
    pub(super) fn new(frame: &'f Frame, kind: Kind) -> Self {
        let state = scopes_active().and_then(|()| {
            hot::with(|hot| {
                // SAFETY: this value closes it when it is dropped, on this thread, and holds the borrow until then. It stays
                // in the functions of this room, whose order of drops is that of the scopes.
                unsafe { frame.open(hot, kind) }
            })
        });
        Self { frame, state, thread: PhantomData }
    }

    /// Closes it now.
    pub(super) fn close(mut self) -> Left {
        self.end()
    }

    /// Ends it and everything in it.
    ///
    /// # Safety
    /// Nothing that was allocated in it is used any more, by anybody.
    pub(super) unsafe fn discard(mut self) {
        if core::mem::replace(&mut self.state, Err(ScopesInactive::NotInstalled)).is_ok() {
            // SAFETY: as in `end`; the rest is the caller's promise.
            hot::with(|hot| unsafe { self.frame.discard(hot) });
        }
    }

    fn end(&mut self) -> Left {
        if core::mem::replace(&mut self.state, Err(ScopesInactive::NotInstalled)).is_err() {
            return Left::default();
        }
        // SAFETY: opened in `new`, and not closed yet; scopes that were opened after it are closed.
        hot::with(|hot: &Hot| unsafe { self.frame.close(hot) })
    }
}

impl Drop for Open<'_> {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}

impl Frame {
    /// What is live of it, by place, if it was watched.
    pub(super) fn live(&self) -> Option<crate::debug::LeakReport> {
        let scope = self.watched.get();
        (scope != 0).then(|| region::live_of(scope))
    }
}
