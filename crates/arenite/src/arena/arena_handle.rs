//! Values that are named by a checked handle, and found gone when the arena went back.

use super::{Arena, core::Core, handle::granted};
use crate::AllocError;
use alloc::{boxed::Box, vec::Vec};
use core::{
    cell::{Cell, RefCell},
    fmt,
    marker::PhantomData,
    ptr::NonNull,
};

/// Names a value in an arena, without borrowing it: from [`Arena::alloc_checked`]. [`Arena::get`] answers `None` once the
/// arena was reset, cleared, or restored to a mark before the value. Plain data of four words.
pub struct ArenaHandle<T> {
    value: NonNull<T>,
    arena: u64,
    generation: u64,
    /// How many times the arena had been restored when the value was made.
    restores: u64,
    /// Where the value ends, in the order of the arena.
    behind: usize,
    /// Neither longer nor shorter lifetimes may be put in T's place: `get_mut` writes, `get` reads.
    exact: PhantomData<fn(T) -> T>,
}

impl<T> Clone for ArenaHandle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for ArenaHandle<T> {}

impl<T> PartialEq for ArenaHandle<T> {
    fn eq(&self, other: &Self) -> bool {
        let name = |handle: &Self| (handle.value, handle.arena, handle.generation, handle.restores, handle.behind);
        name(self) == name(other)
    }
}

impl<T> Eq for ArenaHandle<T> {}

// SAFETY: the pointer is only followed through the arena that the value lies in, and the value is `Send` as is the arena.
unsafe impl<T> Send for ArenaHandle<T> {}
// SAFETY: as above; a shared handle is read only.
unsafe impl<T> Sync for ArenaHandle<T> {}

impl<T> fmt::Debug for ArenaHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArenaHandle")
            .field("arena", &self.arena)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// The restores of one generation that a handle may have to know about.
pub(super) struct Checked {
    generation: Cell<u64>,
    restores: Cell<u64>,
    /// Number of a restore and the position it went back to; both rise. A restore makes those that went less far
    /// back superfluous.
    kept: RefCell<Vec<(u64, usize)>>,
}

impl Checked {
    fn new(generation: u64) -> Box<Self> {
        Box::new(Self { generation: generation.into(), restores: 0.into(), kept: RefCell::default() })
    }

    /// Whether what ended at `behind` after so many restores lies before every position that was gone back to since.
    fn reaches(&self, restores: u64, behind: usize) -> bool {
        let kept = self.kept.borrow();
        let later = kept.partition_point(|&(number, _)| number <= restores);
        kept.get(later).is_none_or(|&(_, lowest)| behind <= lowest)
    }

    fn restored(&self, position: usize) {
        self.restores.set(self.restores.get() + 1);
        let mut kept = self.kept.borrow_mut();
        let before = kept.partition_point(|&(_, earlier)| earlier < position);
        kept.truncate(before);
        kept.push((self.restores.get(), position));
    }

    fn start_over(&self, generation: u64) {
        if self.generation.replace(generation) != generation {
            self.kept.borrow_mut().clear();
        }
    }
}

impl Core {
    /// Notes that the arena went back, where handles have to know.
    /// Whether there is no checked handle, which an end of the arena's contents would have to be noted for.
    #[inline(always)]
    pub(super) fn has_no_checked(&self) -> bool {
        self.checked.get().is_none()
    }

    pub(super) fn note_restore(&self, generation: u64, position: usize) {
        if let Some(checked) = self.checked.get() {
            checked.start_over(generation);
            checked.restored(position);
        }
    }
}

impl Arena {
    /// Allocates a value that a checked handle names. Nothing stays borrowed: for tables, caches and messages that may
    /// outlive the arena's cycle, and must then find nothing rather than something else.
    ///
    /// ```
    /// use arenite::Arena;
    /// let mut level = Arena::new();
    /// let door = level.alloc_checked([3u32, 4]);
    /// level.get_mut(door).unwrap()[0] += 1;
    /// assert_eq!(level.get(door), Some(&[4, 4]));
    /// level.reset();
    /// level.alloc_checked([7u32, 7]);
    /// assert_eq!(level.get(door), None);
    /// ```
    ///
    /// # Panics
    /// When memory is refused, or a scope or claim has the cursor: what they allocate goes back without notice.
    #[track_caller]
    pub fn alloc_checked<T: Send>(&self, value: T) -> ArenaHandle<T> {
        granted(self.try_alloc_checked(value))
    }

    /// As [`alloc_checked`](Self::alloc_checked).
    ///
    /// # Errors
    /// The reason why memory is refused; [`ErrorKind::Claimed`](crate::ErrorKind::Claimed) while a scope or claim has
    /// the cursor.
    #[track_caller]
    pub fn try_alloc_checked<T: Send>(&self, value: T) -> Result<ArenaHandle<T>, AllocError> {
        self.as_handle().check_free()?;
        let core = self.as_handle().core_or_create().map_err(|kind| self.as_handle().refused(kind))?;
        let generation = self.generation.get();
        let checked = core.checked.get_or_make(|| Checked::new(generation));
        checked.start_over(generation);
        let value = NonNull::from(self.try_alloc(value)?);
        Ok(ArenaHandle {
            value,
            arena: core.id,
            generation,
            restores: checked.restores.get(),
            behind: core.position_behind(self.as_handle().window().cursor.addr()),
            exact: PhantomData,
        })
    }

    /// The value of a handle, while it is there. O(log n) in the number of restores since it was made.
    #[must_use]
    pub fn get<T>(&self, handle: ArenaHandle<T>) -> Option<&T> {
        // SAFETY: a live value of this arena's. Nobody has it mutably: `get_mut` borrows the arena exclusively, and
        // `alloc_checked` handed out no reference.
        self.find(handle).map(|value| unsafe { value.as_ref() })
    }

    /// As [`get`](Self::get), to change it.
    #[must_use]
    pub fn get_mut<T>(&mut self, handle: ArenaHandle<T>) -> Option<&mut T> {
        // SAFETY: as above, and the arena is borrowed exclusively.
        self.find(handle).map(|mut value| unsafe { value.as_mut() })
    }

    fn find<T>(&self, handle: ArenaHandle<T>) -> Option<NonNull<T>> {
        let core = self.as_handle().core().filter(|core| core.id == handle.arena)?;
        let there = handle.generation == self.generation.get()
            && core.checked.get().is_some_and(|checked| {
                checked.generation.get() == handle.generation && checked.reaches(handle.restores, handle.behind)
            });
        there.then_some(handle.value)
    }
}

/// A place for what is made at first need and then stays.
pub(super) struct MadeOnce<T>(Cell<Option<NonNull<T>>>);

impl<T> MadeOnce<T> {
    pub(super) const fn new() -> Self {
        Self(Cell::new(None))
    }

    fn get(&self) -> Option<&T> {
        // SAFETY: a leaked box of this place's own, freed only when the place is dropped.
        self.0.get().map(|made| unsafe { made.as_ref() })
    }

    /// 0 before it is made.
    #[inline(always)]
    pub(super) fn address(&self) -> usize {
        self.0.get().map_or(0, |made| made.addr().get())
    }

    fn get_or_make(&self, make: impl FnOnce() -> Box<T>) -> &T {
        if self.0.get().is_none() {
            self.0.set(Some(NonNull::from(Box::leak(make()))));
        }
        self.get().expect("made above")
    }
}

impl<T> Drop for MadeOnce<T> {
    fn drop(&mut self) {
        if let Some(made) = self.0.take() {
            // SAFETY: leaked by `get_or_make`, and nobody borrows the place any more.
            drop(unsafe { Box::from_raw(made.as_ptr()) });
        }
    }
}
