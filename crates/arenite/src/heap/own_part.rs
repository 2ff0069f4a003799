//! What the thread that made a heap has of it, for who knows his thread without asking a thread-local.
//!
//! To find its own part of a heap a thread compares a word of its own with one of the heap. Where a library is linked to a
//! program the way to a thread-local is a call, for which all that is at hand must be put away. The C library compares the
//! thread register instead; what is left to ask is whether the thread is still that one, and the heap still unwatched, and
//! that stands in the thread's record, which everybody can read.

use super::{class::plain_of_some, home::Home, shard::Shard, thread};
use crate::sync::Word;
use core::ptr::NonNull;

/// Good for as long as the heap lives.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct OwnPart {
    shard: NonNull<Shard>,
    /// The key that the thread has now.
    now: &'static Word,
    /// The one that it had.
    key: u64,
}

// SAFETY: what uses the shard asks for the right thread.
unsafe impl Send for OwnPart {}
// SAFETY: as above.
unsafe impl Sync for OwnPart {}

impl OwnPart {
    pub(super) fn of(home: &Home) -> Self {
        static NOBODYS: Word = Word::new(0);
        let shard = NonNull::from(&home.shard);
        match thread::published_key() {
            Some(now) if home.own_shard().is_some() => Self { shard, now, key: home.shard.key() },
            _ => Self { shard, now: &NOBODYS, key: thread::NOBODY },
        }
    }

    /// # Safety
    /// The heap lives. The calling thread is the one that asked for the part, or that one has ended.
    #[inline(always)]
    unsafe fn shard(&self) -> Option<&Shard> {
        // SAFETY: the heap's first shard lives as long as that; and it is this thread's, since no other ever has its key.
        if self.now.load() == self.key { Some(unsafe { self.shard.as_ref() }) } else { None }
    }

    /// A block that was freed before, of 1 byte to 1 KiB at a multiple of 16.
    ///
    /// # Safety
    /// The heap lives. The calling thread is the one that asked for the part, or that one has ended.
    #[inline(always)]
    #[must_use]
    pub unsafe fn pop(&self, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise; this thread's shard.
        unsafe { self.shard()?.pop(plain_of_some(size)?) }
    }

    /// As [`pop`](Self::pop), when that has none: a new block.
    ///
    /// # Safety
    /// As there.
    #[inline]
    #[must_use]
    pub unsafe fn cut(&self, size: usize) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise; this thread's shard.
        unsafe { self.shard()?.cut_small(plain_of_some(size)?) }
    }

    /// As [`Heap::free_at_hand`](super::Heap::free_at_hand).
    ///
    /// # Safety
    /// As [`pop`](Self::pop), and as there.
    #[inline(always)]
    #[must_use]
    pub unsafe fn free(&self, address: usize) -> bool {
        // SAFETY: the caller's promise; this thread's shard.
        unsafe { self.shard().is_some_and(|shard| shard.free(address)) }
    }

    /// As [`Heap::size_at_hand`](super::Heap::size_at_hand).
    ///
    /// # Safety
    /// As [`pop`](Self::pop).
    #[inline(always)]
    #[must_use]
    pub unsafe fn size(&self, address: usize) -> Option<usize> {
        // SAFETY: the caller's promise; this thread's shard.
        unsafe { self.shard()?.size(address) }
    }
}

#[cfg(all(test, feature = "std", not(arenite_shuttle)))]
mod tests {
    use crate::Heap;

    #[test]
    fn it_serves_the_thread_that_made_the_heap_until_that_ends() {
        let _stay = crate::debug::turns::stay();
        let heap = Heap::new();
        let part = heap.own_part();
        // SAFETY: the heap lives, and this thread made it; a block is freed once.
        let address = unsafe {
            assert!(part.pop(24).is_none(), "nothing was freed yet");
            let block = part.cut(24).unwrap();
            assert_eq!(part.size(block.addr().get()), Some(32));
            assert!(part.free(block.addr().get()) && !part.free(block.addr().get()));
            assert_eq!(part.pop(24), Some(block));
            assert!(part.size(1).is_none() && part.pop(0).is_none() && part.cut(usize::MAX).is_none());
            block.addr().get()
        };
        assert_eq!(heap.stats().live, 1);
        let (theirs, heap) = std::thread::spawn(|| {
            let heap = Heap::new();
            (heap.own_part(), heap)
        })
        .join()
        .unwrap();
        // SAFETY: the heaps live, and the thread that made the second one has ended.
        unsafe {
            assert!(theirs.cut(24).is_none() && theirs.size(address).is_none());
            assert!(heap.own_part().cut(24).is_none(), "this thread did not make it");
        }
    }

    #[test]
    #[cfg(feature = "debug")]
    fn it_serves_no_more_when_a_setting_has_changed() {
        let _change = crate::debug::turns::change();
        let heap = Heap::new();
        let part = heap.own_part();
        heap.set_grade(crate::debug::Grade::Sites);
        // SAFETY: the heap lives, and this thread made it.
        unsafe { assert!(part.cut(24).is_none()) };
        heap.set_grade(None);
    }
}
