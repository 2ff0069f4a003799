//! Closures that may not call the program's heap.

use super::{super::hooks, HeapCallReport, heap_is_watched, listener::Listener};

/// Calls `work`, in which this thread may not call the program's heap: neither allocate, nor reallocate, nor free. As
/// [`DenyHeap::new`] does.
///
/// The calls are served all the same, since nothing can unwind out of an allocator: the panic comes after `work`.
///
/// ```
/// use arenite::{Arena, Global, context::{allow_heap, deny_heap}};
/// #[global_allocator]
/// static ALLOCATOR: Global = Global::new();
///
/// let mut arena = Arena::new();
/// arena.alloc(0u64); // its first block
/// let mut log = Vec::new();
/// let sum = deny_heap(|| {
///     let frame = arena.alloc_slice_from_iter(0..100u64);
///     allow_heap(|| log.push("a frame"));
///     frame.iter().sum::<u64>()
/// });
/// assert_eq!(sum, 4950);
///
/// let denied = std::panic::catch_unwind(|| deny_heap(|| vec![1, 2, 3].len()));
/// let message = denied.unwrap_err().downcast::<String>().unwrap();
/// assert!(message.contains("2 heap calls: 1 allocations, 0 reallocations, 1 frees"), "{message}");
/// ```
///
/// # Panics
/// After `work`, when it called the heap: with the places ([`HeapCallReport`]). When `work` panics: with that panic alone.
/// Before `work`, when the heap's calls cannot be seen: the program's `#[global_allocator]` is no
/// [`Global`](crate::Global).
#[track_caller]
pub fn deny_heap<R>(work: impl FnOnce() -> R) -> R {
    DenyHeap::new().run(work)
}

/// Calls `work`, in which this thread may call the program's heap although it is inside of a [`deny_heap`]: for what is
/// rare, or known. Whatever listens around it hears nothing of `work`; counting and tags go on.
pub fn allow_heap<R>(work: impl FnOnce() -> R) -> R {
    let _allowed = hooks::flag(hooks::LISTEN, false);
    work()
}

/// How heap calls of a closure are forbidden.
///
/// A call of the heap by `dealloc` is one too. Blocks of arenas and of all else in this library come from their sources,
/// not from the program's heap, so they are not seen here, nor is what a scope of [`with_arena`](crate::context::with_arena)
/// serves; [`assert_steady`](crate::report::assert_steady) sees both.
/// Neither are the calls of other threads. The calls of a panic on its way are not forbidden.
///
/// ```no_run
/// # fn frame() {}
/// // Stops in a debugger, or leaves a core, at the very call.
/// arenite::context::DenyHeap::new().abort(true).run(frame);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[must_use = "`run` or `listen` calls the closure"]
pub struct DenyHeap {
    abort: bool,
}

impl DenyHeap {
    /// Calls are noted with their places, and end in a panic after the closure.
    pub const fn new() -> Self {
        Self { abort: false }
    }

    /// Whether the first call ends the process at once, after its place was printed to stderr.
    pub const fn abort(self, abort: bool) -> Self {
        Self { abort }
    }

    /// Calls `work` and panics if it called the heap. Around it, a few stores to thread-locals; each call in it takes as
    /// long as looking at the stack does, some microseconds.
    ///
    /// # Panics
    /// As [`deny_heap`].
    #[track_caller]
    pub fn run<R>(self, work: impl FnOnce() -> R) -> R {
        let (result, heard) = self.listen(work);
        if heard.calls().total() > 0 {
            panic!(
                "deny_heap: {heard}\n  to do: take the memory before, from an arena or scratch, or say allow_heap around \
                 what may call the heap"
            );
        }
        result
    }

    /// Calls `work` and says which heap calls it made. With [`abort`](Self::abort) the first one ends the process.
    ///
    /// # Panics
    /// When the heap's calls cannot be seen, and when `work` panics.
    #[track_caller]
    pub fn listen<R>(self, work: impl FnOnce() -> R) -> (R, HeapCallReport) {
        assert!(
            heap_is_watched(),
            "deny_heap cannot see the program's heap calls; say `#[global_allocator] static ALLOCATOR: arenite::Global = \
             arenite::Global::new();`"
        );
        let listener = Listener::new(self.abort);
        let result = listener.listen(work);
        (result, listener.into_report())
    }
}
