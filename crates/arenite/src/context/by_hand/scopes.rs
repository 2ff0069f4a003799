//! Scopes from their beginnings to their ends.

use super::super::{
    Escapes,
    heap_calls::{HeapCallReport, Listener, set_listener},
    hooks,
    hot::{self, NOWHERE},
    region::{Frame, Kind, Large, RANGE, ScopesInactive, fills},
    tags,
};
use crate::{Tag, debug::LeakReport};
use alloc::boxed::Box;
use core::{alloc::Layout, ptr};

/// An open region. It lies where it was made: in a box.
pub struct RegionByHand {
    frame: Frame,
    large: Large,
    discards: bool,
}

#[allow(clippy::boxed_local, reason = "an open frame does not move")]
impl RegionByHand {
    /// Opens one for this thread; with `discards` it may end by [`discard`](Self::discard).
    ///
    /// # Errors
    /// There is no memory for it, or none of its addresses.
    ///
    /// # Safety
    /// It is ended by this thread, by [`end`](Self::end) or [`discard`](Self::discard), after every scope of this module that
    /// was opened after it.
    pub unsafe fn begin(discards: bool) -> Result<Box<Self>, ScopesInactive> {
        RANGE.ready()?;
        let region = Box::new(Self { frame: Frame::new(), large: Large::new(), discards });
        hot::with(|hot| {
            // SAFETY: in a box, which stays until the caller ends it, in its turn.
            unsafe {
                region.frame.open(hot, if discards { Kind::Alone } else { Kind::Plain })?;
                if discards {
                    region.large.begin(hot);
                }
            }
            Ok(region)
        })
    }

    /// Ends it; what is in use stays. From [`Grade::Sites`](crate::debug::Grade::Sites) on the places of it are told.
    ///
    /// # Safety
    /// It is the thread's innermost.
    #[must_use]
    pub unsafe fn end(self: Box<Self>) -> Escapes {
        hot::with(|hot| {
            if self.discards {
                // The heap's blocks are the program's own again.
                drop(self.large.end(hot));
            }
            // SAFETY: the caller's promise.
            let left = unsafe { self.frame.close(hot) };
            Escapes::new(left, self.frame.live())
        })
    }

    /// Whether the calling thread is in it, and in none that was opened after it.
    #[must_use]
    pub fn is_innermost(&self) -> bool {
        hot::with(|hot| self.frame.is_innermost(hot))
    }

    /// Leaves it open for good, with the chunk that it is filling, when the thread's words went before it: there are platforms
    /// that take an ending thread's words down in any order.
    pub fn abandon(self: Box<Self>) {
        Box::leak(self);
    }

    /// Whether it was opened to be discarded.
    #[must_use]
    pub const fn discards(&self) -> bool {
        self.discards
    }

    /// Ends it with whatever is in it. `free` is called with each block that the heap has served in it.
    ///
    /// Begun under [`Grade::Sites`](crate::debug::Grade::Sites) or above it says what was live; then, below
    /// [`Grade::Guard`](crate::debug::Grade::Guard), its chunks stay as if it were ended by [`end`](Self::end), so that
    /// whoever uses them still finds them unharmed.
    ///
    /// # Safety
    /// It is the thread's innermost, and opened to be discarded; nothing that was allocated in it is used any more.
    pub unsafe fn discard(self: Box<Self>, mut free: impl FnMut(*mut u8, Layout)) -> Option<LeakReport> {
        hot::with(|hot| {
            let blocks = self.large.end(hot);
            let live = self.frame.live();
            // SAFETY: the caller's promise.
            unsafe {
                if live.is_some() && !fills() {
                    self.frame.close(hot);
                } else {
                    self.frame.discard(hot);
                }
            }
            for (address, &layout) in blocks.iter() {
                free(ptr::with_exposed_provenance_mut(address), layout);
            }
            live
        })
    }
}

/// The heap in place of the region around it.
pub struct RestByHand(usize);

impl RestByHand {
    /// Begins, on this thread.
    #[must_use]
    pub fn begin() -> Self {
        Self(hot::with(|hot| hot.set_limit(0)))
    }

    /// Ends, in its turn.
    pub fn end(self) {
        hot::with(|hot| hot.set_limit(self.0));
    }
}

/// A tag that pays.
pub struct TagByHand {
    tag: Tag,
    before: Option<Tag>,
    flag: bool,
}

impl TagByHand {
    /// Begins, on this thread.
    #[must_use]
    pub fn begin(tag: Tag) -> Self {
        let _ = tags::tag_node(tag);
        let before = tags::replace(Some(tag));
        Self { tag, before, flag: hooks::set(hooks::TAG, true) }
    }

    /// Ends, in its turn. Calls the node's callback for budgets that were crossed.
    pub fn end(self) {
        hooks::set(hooks::TAG, self.flag);
        tags::replace(self.before);
        tags::tag_node(self.tag).report_crossings();
    }
}

/// A stretch in which the heap is not to be called.
pub struct DenyByHand {
    listener: Box<Listener>,
    before: *const Listener,
    flag: bool,
}

impl DenyByHand {
    /// Begins, on this thread; with `abort` the first call ends the process.
    ///
    /// # Safety
    /// [`end`](Self::end) is called by this thread, in its turn.
    #[must_use]
    pub unsafe fn begin(abort: bool) -> Self {
        let listener = Box::new(Listener::new(abort));
        // SAFETY: in a box, which stays until the caller ends it.
        let before = unsafe { set_listener(&raw const *listener) };
        Self { listener, before, flag: hooks::set(hooks::LISTEN, true) }
    }

    /// Ends, in its turn; what was heard.
    #[must_use]
    pub fn end(self) -> HeapCallReport {
        hooks::set(hooks::LISTEN, self.flag);
        // SAFETY: what was heard by before, and still may be, since scopes end in turn.
        unsafe { set_listener(self.before) };
        self.listener.into_report()
    }
}

/// All that the scopes of this module have set for a thread, taken off it.
pub struct ThreadWords {
    cursor: usize,
    limit: usize,
    flags: usize,
    region: super::super::region::ScopeWords,
    tag: Option<Tag>,
    listener: *const Listener,
}

impl ThreadWords {
    /// Takes it off this thread, which is outside of all scopes then.
    #[must_use]
    pub fn take() -> Self {
        hot::with(|hot| {
            let (cursor, limit) = (hot.cursor.replace(NOWHERE), hot.limit.replace(0));
            let flags = hot.set_flags(0);
            Self {
                cursor,
                limit,
                flags,
                region: hot.region.take_scopes(),
                tag: tags::replace(None),
                // SAFETY: nobody listens.
                listener: unsafe { set_listener(ptr::null()) },
            }
        })
    }

    /// Puts it on this thread again.
    ///
    /// # Safety
    /// It was taken off this very thread, which has no scope of this module open; all scopes in it are still open.
    pub unsafe fn put(self) {
        hot::with(|hot| {
            hot.cursor.set(self.cursor);
            hot.limit.set(self.limit);
            hot.region.put_scopes(self.region);
            tags::replace(self.tag);
            // SAFETY: of a scope that is still open.
            unsafe { set_listener(self.listener) };
            hot.set_flags(self.flags);
        });
    }
}
