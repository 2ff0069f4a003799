//! A context as a value, and futures that have one.

use super::{CountedAlloc, entry, with_tag};
use crate::{DynAllocator, Tag};
use core::{
    fmt,
    pin::Pin,
    task::{Context as Waker, Poll},
};

/// What to set for the length of a call: of each poll of a future ([`in_context`](InFuture::in_context)), or of a closure
/// ([`run`](Self::run)). What it does not name stays as it is.
///
/// ```
/// use arenite::{Arena, context::{Context, current}};
/// let arena = Arena::new();
/// let request = Context::new().allocator(&arena);
/// assert!(request.run(|| current(|_| ())).is_some());
/// ```
#[derive(Clone)]
#[must_use = "`run` or `in_context` sets it"]
pub struct Context<A = CountedAlloc> {
    memory: Memory<A>,
    tag: Option<Tag>,
}

#[derive(Clone)]
enum Memory<A> {
    AsItIs,
    Lent(A),
    Counted(CountedAlloc),
}

impl Context {
    /// Nothing to set.
    pub const fn new() -> Self {
        Self { memory: Memory::AsItIs, tag: None }
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}

impl<A> Context<A> {
    /// The current allocator, as by [`with_allocator`](super::with_allocator).
    pub fn allocator<B: DynAllocator>(self, allocator: B) -> Context<B> {
        Context { memory: Memory::Lent(allocator), tag: self.tag }
    }

    /// The current allocator, as by [`with_counted`](super::with_counted).
    pub fn counted(self, allocator: CountedAlloc) -> Context {
        Context { memory: Memory::Counted(allocator), tag: self.tag }
    }

    /// The tag that heap blocks are charged to, as by [`with_tag`].
    pub fn tag(self, tag: Tag) -> Self {
        Self { tag: Some(tag), ..self }
    }
}

impl<A: DynAllocator> Context<A> {
    /// Calls `work` with all of it set, and puts back what was there before, in a panic too.
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        match self.tag {
            Some(tag) => with_tag(tag, || self.run_in_memory(work)),
            None => self.run_in_memory(work),
        }
    }

    fn run_in_memory<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.memory {
            Memory::AsItIs => work(),
            Memory::Lent(allocator) => entry::enter_lent(allocator, work),
            Memory::Counted(allocator) => entry::enter_counted(allocator.clone(), work),
        }
    }
}

impl<A> fmt::Debug for Context<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let allocator = match self.memory {
            Memory::AsItIs => "as it is",
            Memory::Lent(_) => "lent",
            Memory::Counted(_) => "counted",
        };
        f.debug_struct("Context").field("allocator", &allocator).field("tag", &self.tag).finish_non_exhaustive()
    }
}

/// Gives futures a context.
pub trait InFuture: Future + Sized {
    /// The same future, each of whose polls runs in `context`, on whichever thread that is.
    ///
    /// **The rule for `.await`:** no scope is held across one. Between two polls the thread runs other tasks, which would
    /// find the scope, and the task may go on elsewhere. Closures cannot be held across an `.await`, and guards make a
    /// future that no executor with several threads takes (they are not `Send`); on an executor of one thread, end a guard
    /// before the `.await`. So what a task needs throughout is set around its polls, by this.
    ///
    /// The future is as `Send` as its context's allocator: with a reference to an arena it stays on its thread, with a
    /// `&Heap` or a counted allocator it goes where the executor likes. When it is dropped unfinished its values are
    /// dropped outside of the context, and freed to their owners all the same.
    ///
    /// ```
    /// use allocator_api2::vec::Vec;
    /// use arenite::{Heap, context::{Context, CountedAlloc, InFuture, current_counted}, layer::Owned};
    /// use std::{pin::pin, task::{Poll, Waker}};
    ///
    /// async fn step() {
    ///     let mut turns = 0;
    ///     std::future::poll_fn(|_| { turns += 1; if turns > 2 { Poll::Ready(()) } else { Poll::Pending } }).await;
    /// }
    /// async fn request() -> Vec<u32, CountedAlloc> {
    ///     let mut answer = Vec::new_in(current_counted().unwrap());
    ///     for n in 0..3 {
    ///         step().await; // elsewhere meanwhile
    ///         answer.push(n);
    ///     }
    ///     answer
    /// }
    /// let memory = CountedAlloc::new(Owned::new(Heap::new()));
    /// let mut task = pin!(request().in_context(Context::new().counted(memory)));
    /// let answer = loop {
    ///     if let Poll::Ready(answer) = task.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop())) {
    ///         break answer;
    ///     }
    ///     assert!(current_counted().is_none());
    /// };
    /// assert_eq!(answer, [0, 1, 2]);
    /// ```
    fn in_context<A: DynAllocator>(self, context: Context<A>) -> InContext<Self, A> {
        InContext { future: self, context }
    }
}

impl<F: Future> InFuture for F {}

/// A future whose polls run in a context: see [`in_context`](InFuture::in_context).
#[derive(Clone, Debug)]
#[must_use = "a future does nothing until it is polled"]
pub struct InContext<F, A = CountedAlloc> {
    // Dropped first: it may hold what the context's allocator handed out.
    future: F,
    context: Context<A>,
}

impl<F, A> InContext<F, A> {
    /// The context.
    pub const fn context(&self) -> &Context<A> {
        &self.context
    }
}

impl<F: Future, A: DynAllocator> Future for InContext<F, A> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<F::Output> {
        // SAFETY: the future stays where this pinned value is: nothing moves it out, this type has no `Drop`, and is
        // `Unpin` only where the future is. The context is never pinned.
        let (future, context) = unsafe {
            let this = self.get_unchecked_mut();
            (Pin::new_unchecked(&mut this.future), &this.context)
        };
        context.run(|| future.poll(waker))
    }
}
