//! A pool with handles that is watched.
//!
//! Sealed, it hides its list and its number of slots, so that no handle is found on the fast path. A value that lives in
//! an object in the place of its slot is told by the slot's generation, which stays that of a vacant one: its handle is
//! not found on the fast path either, sealed or not.

use super::{HandlePool, NONE, Slot};
use crate::{
    debug::{Fault, FaultDetail, FaultKind, Freed, Grade, Heard, Place, Site, SlotBooks, check_if_due},
    pool::{PoolError, PoolHandle},
};
use core::{alloc::Layout, num::NonZeroU32, ptr::NonNull};

impl<T> HandlePool<T> {
    /// Follows the grade.
    pub(super) fn look(&mut self) {
        let Some(sealed) = self.watch.look("a pool with handles", self.memory.holdings.node()) else { return };
        if sealed {
            self.seal();
        } else {
            self.unseal();
        }
        if self.watch.grade() < Grade::Guard {
            self.release_held(0).report();
        }
    }

    fn seal(&mut self) {
        if self.hidden.is_none() {
            self.hidden = Some((self.carved, self.head));
            (self.carved, self.head) = (0, NONE);
        }
    }

    fn unseal(&mut self) -> bool {
        let Some(hidden) = self.hidden.take() else { return false };
        (self.carved, self.head) = hidden;
        true
    }

    /// Slots that were handed out so far, hidden or not.
    pub(in crate::pool) fn all_carved(&self) -> u32 {
        self.hidden.map_or(self.carved, |(carved, _)| carved)
    }

    /// The generation of a slot's handle and where the value lies, when there is one. `index` is below
    /// [`all_carved`](Self::all_carved).
    pub(in crate::pool) fn taken_at(&self, index: u32) -> Option<(NonZeroU32, *mut T)> {
        // SAFETY: carved slots are initialised but for the values of vacant ones; no reference to a value is made.
        let (generation, value) = unsafe {
            let slot: *mut Slot<T> = self.place(index);
            ((*slot).generation, (&raw mut (*slot).value).cast::<T>())
        };
        if generation % 2 == 1 {
            return Some((NonZeroU32::new(generation)?, value));
        }
        let object = self.watch.books()?.object_of(value.addr())?;
        Some((NonZeroU32::new(generation | 1)?, object.as_ptr().cast()))
    }

    /// The value that a handle names, wherever it lies.
    pub(super) fn find_watched(&self, handle: PoolHandle<T>) -> Option<*mut T> {
        if self.watch.books().is_none() || handle.index() >= self.all_carved() {
            return None;
        }
        let (generation, value) = self.taken_at(handle.index())?;
        (generation.get() == handle.generation()).then_some(value)
    }

    /// The same, and a handle whose value is gone is reported.
    #[cold]
    #[inline(never)]
    pub(super) fn find_cold(&self, handle: PoolHandle<T>, place: Place) -> Option<*mut T> {
        let books = self.watch.books()?;
        let found = self.find_watched(handle);
        if found.is_none() && self.watch.grade() >= Grade::Sites {
            self.stale(books, handle, place.site()).report();
        }
        found
    }

    fn stale(&self, books: &SlotBooks, handle: PoolHandle<T>, site: Site) -> Fault {
        let index = handle.index();
        let mut fault = Fault::new(FaultKind::StaleHandle, books.owner()).with_second(site);
        let mut current = 0;
        if index < self.all_carved() {
            // SAFETY: carved.
            let slot: *mut Slot<T> = unsafe { self.place(index) };
            // SAFETY: initialised, as it is carved.
            current = self.taken_at(index).map_or(unsafe { (*slot).generation }, |(generation, _)| generation.get());
            fault = fault.with_address(slot.addr()).with_request(size_of::<T>(), align_of::<T>());
        }
        let generations = FaultDetail::Generations { handle: handle.generation().into(), current: current.into() };
        let (allocated, ended) = self.past.find((index.into(), handle.generation().into()));
        fault.with_detail(generations).with_allocated(allocated).with_first(ended)
    }

    /// Puts a slot on the list, which is empty. Of a pool that is sealed it stays so: then one is taken, as by
    /// [`slot`](Self::slot).
    #[cold]
    #[inline(never)]
    pub(super) fn slot_cold(&mut self, place: Place) -> Result<Option<(*mut T, PoolHandle<T>)>, PoolError> {
        self.look();
        check_if_due(place.site());
        let sealed = self.unseal();
        let vacant = self.vacant();
        if !sealed {
            return vacant.map(|_| None);
        }
        let taken = vacant.map(|index| (index, self.slot()));
        self.seal();
        let (index, (own, handle)) = taken?;
        // SAFETY: a value lies in its slot, and this one was just taken.
        let lies = unsafe { self.note(NonNull::new_unchecked(own), place.site()) };
        if lies.as_ptr() != own {
            // SAFETY: carved. Its generation is that of a vacant slot, so that nobody looks for the value there.
            unsafe { (*self.place(index)).generation -= 1 };
        }
        Ok(Some((lies.as_ptr(), handle)))
    }

    /// Enters a value in the books; where it is to lie. Values of no size are not in them.
    ///
    /// # Safety
    /// `own` lies in a slot that is vacant and was taken off the list.
    unsafe fn note(&self, own: NonNull<T>, site: Site) -> NonNull<T> {
        match self.watch.books() {
            // SAFETY: room for a T, which nobody uses.
            Some(books) if size_of::<T>() > 0 => unsafe {
                books.enter(own.cast(), Layout::new::<T>(), site, true).cast()
            },
            _ => own,
        }
    }

    /// Where a value lies whose handle the fast path did not find.
    #[cold]
    #[inline(never)]
    pub(super) fn find_to_remove(&mut self, handle: PoolHandle<T>, place: Place) -> Option<*mut T> {
        self.look();
        check_if_due(place.site());
        match self.find(handle) {
            // SAFETY: a slot of this pool: not sealed any more, its handle is found as it always was.
            Some(slot) => Some(unsafe { (&raw mut (*slot).value).cast() }),
            None => self.find_cold(handle, place),
        }
    }

    /// Ends a value that was read, and reports what was done to it.
    ///
    /// # Safety
    /// As [`end_value`](Self::end_value).
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn end_cold(&mut self, index: u32, lies: *mut T, place: Place) {
        let mut heard = Heard::new();
        // SAFETY: the caller's promise.
        unsafe { self.end_value(index, lies, place.site(), &mut heard) };
        heard.report();
    }

    /// Takes a slot out of its generation, whose value was read. Sealed or not.
    ///
    /// # Safety
    /// The slot with this number is taken, and its value lay at `lies`.
    pub(super) unsafe fn end_value(&mut self, index: u32, lies: *mut T, site: Site, heard: &mut Heard) {
        let sealed = self.unseal();
        // SAFETY: carved.
        let slot: *mut Slot<T> = unsafe { self.place(index) };
        // SAFETY: initialised, as it is carved. While an object has the value it is that of a vacant slot.
        let generation = unsafe { (*slot).generation } | 1;
        if let Some(books) = self.watch.books() {
            let allocated = books.known(lies.addr()).map_or(Site::UNKNOWN, |record| record.allocated);
            // SAFETY: the value was moved out.
            match unsafe { books.free(lies.addr(), site, false) } {
                Freed::Slot(_, fault) => heard.add(fault),
                Freed::Wrong(_, fault) => heard.add(Some(fault)),
                Freed::Held => {}
                Freed::Unknown => books.count_free(size_of::<T>()),
            }
            if self.watch.grade() >= Grade::Sites {
                self.past.add((index.into(), generation.into()), allocated, site);
            }
            heard.append(self.release_held(SlotBooks::HOLD));
        }
        // SAFETY: taken, and its value is gone.
        unsafe { self.vacate_slot(index, slot, generation) };
        if sealed {
            self.seal();
        }
    }

    /// Lets go of what is held beyond `limit` bytes: objects only.
    fn release_held(&self, limit: usize) -> Heard {
        let mut heard = Heard::new();
        while let Some(released) = self.watch.books().and_then(|books| books.release(limit, Site::UNKNOWN)) {
            heard.add(released.fault);
        }
        heard
    }

    /// Checks the fences of the values that were inserted under grade `guard` and above, and what is held back for writes
    /// after its end, and reports each fault; how many. What was broken is mended, so that it is told once. O(values and
    /// bytes held).
    ///
    /// # Panics
    /// By [`Policy::Panic`](crate::debug::Policy::Panic), with the first report.
    #[track_caller]
    pub fn check(&self) -> usize {
        let site = Site::here();
        self.watch.books().map_or(0, |books| books.check(site))
    }

    /// Values that came and went since the pool is watched (grade `count` and above). O(1).
    #[must_use]
    pub fn counts(&self) -> crate::debug::Counts {
        self.watch.books().map_or_else(Default::default, SlotBooks::counts)
    }

    /// The end of what is watched, with that of the pool. Its values are not leaks: the pool owns them.
    pub(super) fn end_watch(&mut self) -> Option<crate::debug::Ending> {
        self.unseal();
        // SAFETY: the pool is dropped, and its values with it.
        self.watch.books().map(|books| unsafe { books.clear(Site::UNKNOWN) })
    }
}
