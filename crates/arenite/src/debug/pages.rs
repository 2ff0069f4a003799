//! Objects on pages of their own: what [`Grade::Page`](super::Grade::Page) gives the program.

use super::{Difference, Fill, Metadata, fill, first_difference, tools};
use crate::{source::PageObjects, sync::Lock};
use core::{alloc::Layout, ptr::NonNull};

/// The objects of the whole process, of whichever allocator: each ends (to within its alignment) where its pages end,
/// before a guard, and its pages are closed when it is retired. The address does not come again until the retired ones
/// keep 2 GiB (128 MiB on 32-bit systems) of address space: then those go that were retired first.
///
/// The bytes of its pages that are not the object's are fences of 0xFD: with an odd size a few behind it, and what lies
/// before it. New memory is 0xCD.
///
/// Two system calls for an object and two for its end; 4 KiB of memory and 256 KiB of address space for the smallest one,
/// and at most 16,384 live ones: then there are none, and allocators do what they do under [`Grade::Quarantine`](super::Grade::Quarantine).
///
/// One lock serves all. It is taken with the caller's locks held and takes none of theirs.
pub(crate) struct Pages(Lock<PageObjects<Metadata>>);

/// Live objects at the most: each splits a mapping in two, of which Linux allows 65,530 (`vm.max_map_count`), and others
/// need some.
const MOST: usize = 16_384;

static PAGES: Pages = Pages(Lock::new(PageObjects::new(Metadata)));

/// The process's own.
pub(crate) fn pages() -> &'static Pages {
    &PAGES
}

/// The parts of an object's pages that are fences: start and size, and where the first byte lies from the object's start.
type Fence = (NonNull<u8>, usize, isize);

impl Pages {
    /// An object; filled with 0xCD, or zero when that is asked for. `None`: there is no memory, or no feature `debug`.
    pub(crate) fn take(&self, layout: Layout, zeroed: bool) -> Option<NonNull<u8>> {
        if !super::ENABLED {
            return None;
        }
        let mut objects = self.0.lock();
        if objects.live() >= MOST {
            return None;
        }
        let object = objects.take(layout).ok()?;
        for (start, size, _) in fences(&objects, object.addr().get()).into_iter().flatten() {
            // SAFETY: pages of a fresh object, outside of it.
            unsafe { fill(start, size, Fill::Fence) };
            tools::no_access(start.addr().get(), size);
        }
        drop(objects);
        if !zeroed {
            // SAFETY: the fresh object itself, which nobody has yet. Zeroed is how pages come.
            unsafe { fill(object, layout.size(), Fill::Fresh) };
            tools::undefined(object.addr().get(), layout.size());
        }
        Some(object)
    }

    /// The broken fence byte of a live object, if one is: bytes from the start of the object, negative before it, and what
    /// it is. The fences are whole afterwards, so that nothing is told twice. O(pages' bytes outside of the object).
    pub(crate) fn broken(&self, object: usize) -> Option<(isize, Difference)> {
        let objects = self.0.lock();
        let mut broken = None;
        for (start, size, offset) in fences(&objects, object).into_iter().flatten() {
            tools::defined(start.addr().get(), size);
            // SAFETY: `take` filled it, the object is live while the lock is held, and only a fault of the program's
            // writes there.
            if let Some(difference) = unsafe { first_difference(start, size, Fill::Fence) } {
                broken = Some((offset + difference.offset as isize, difference));
                // SAFETY: as above.
                unsafe { fill(start, size, Fill::Fence) };
            }
            tools::no_access(start.addr().get(), size);
        }
        broken
    }

    /// Whether a live object starts there.
    #[cfg(all(test, feature = "debug"))]
    fn is_live(&self, object: usize) -> bool {
        self.0.lock().get(object).is_some_and(|object| object.is_live())
    }

    /// A word that the object's owner keeps with it; 0 unless set.
    pub(crate) fn note(&self, object: usize) -> usize {
        self.0.lock().get(object).map_or(0, |object| object.note())
    }

    /// Keeps a word with an object.
    pub(crate) fn set_note(&self, object: usize, note: usize) {
        if let Some(object) = self.0.lock().get_mut(object) {
            object.set_note(note);
        }
    }

    /// Closes a live object's pages, and keeps its address back for as long as there is room. Whoever touches it from now
    /// on stops the program.
    pub(crate) fn retire(&self, object: usize) {
        let mut objects = self.0.lock();
        open(&objects, object);
        objects.retire(object);
        objects.trim(PageObjects::<Metadata>::KEEP);
    }

    /// Gives an object back that nobody was ever given: its address may come again.
    pub(crate) fn discard(&self, object: usize) {
        let mut objects = self.0.lock();
        open(&objects, object);
        objects.discard(object);
    }
}

/// Lets a live object's pages go back to the system, as far as tools are concerned.
fn open(objects: &PageObjects<Metadata>, object: usize) {
    if let Some(object) = objects.get(object).filter(|object| object.is_live()) {
        let (start, size) = object.pages();
        tools::undefined(start.addr().get(), size);
    }
}

/// The fences of a live object: the one behind it, and the one before it.
fn fences(objects: &PageObjects<Metadata>, address: usize) -> [Option<Fence>; 2] {
    let Some(object) = objects.get(address).filter(|object| object.is_live()) else { return [None; 2] };
    let ((pages, all), size) = (object.pages(), object.layout().size());
    let front = address - pages.addr().get();
    let rear = front + size;
    // SAFETY: the object lies in its pages.
    let behind = unsafe { pages.add(rear) };
    [Some((behind, all - rear, size as isize)), Some((pages, front, -(front as isize)))]
}

#[cfg(all(test, feature = "debug"))]
mod tests {
    use super::*;
    use crate::source::page_size;

    #[test]
    fn an_object_ends_at_its_guard_and_all_around_it_on_its_pages_is_watched() {
        for (size, align) in [(1, 1), (13, 8), (100, 16), (4096, 64), (4097, 8), (24, 8192)] {
            let layout = Layout::from_size_align(size, align).unwrap();
            let object = pages().take(layout, false).unwrap();
            let (address, page) = (object.addr().get(), page_size());
            assert!(address % align == 0 && pages().is_live(address));
            // SAFETY: the object's own bytes.
            assert!((0..size).all(|at| unsafe { object.add(at).read() } == Fill::Fresh.byte()));
            let slack = (address + size).next_multiple_of(page) - (address + size);
            assert!(slack < align.min(page));
            assert_eq!(pages().broken(address), None);
            let mut around = std::vec::Vec::from_iter(size as isize..(size + slack) as isize);
            around.extend([-1, -((address % page) as isize)].iter().filter(|&&at| at < 0 && address % page > 0));
            for at in around {
                tools::defined(address.wrapping_add_signed(at) & !7, 8);
                // SAFETY: a byte of the object's pages, which the store reads and nobody else uses.
                unsafe { object.offset(at).write(9) };
                let (offset, found) = pages().broken(address).unwrap();
                assert_eq!((offset, found.was, found.found), (at, Fill::Fence, 9));
                assert_eq!(pages().broken(address), None, "told once");
            }
            pages().set_note(address, 7);
            assert_eq!(pages().note(address), 7);
            pages().retire(address);
            assert!(!pages().is_live(address) && pages().broken(address).is_none());
            let next = pages().take(layout, true).unwrap();
            assert_ne!(next, object, "an address came again");
            // SAFETY: the object's own bytes.
            assert!((0..size).all(|at| unsafe { next.add(at).read() } == 0));
            pages().discard(next.addr().get());
            assert!(!pages().is_live(next.addr().get()));
        }
    }
}
