//! What lies around a block.

use crate::debug::{BlockRecord, Difference, Grade, Guarded, pages};
use core::{
    alloc::Layout,
    ptr::{NonNull, with_exposed_provenance_mut},
};

/// How a block in the books lies in what the allocator below gave for it.
pub(super) enum Cover {
    /// Between fences.
    Fences(Guarded),
    /// On pages of its own; the block below only stands for it: it is charged, counted and freed in its place.
    Pages(usize),
    /// Some way behind its start, so that places vary.
    Shifted(usize),
}

impl Cover {
    /// Of a block in the books; `None`: it is the very block of the allocator below.
    pub(super) fn of(record: &BlockRecord) -> Option<Self> {
        match record.grade {
            Grade::Page => Some(Self::Pages(record.address)),
            grade if grade >= Grade::Guard => Guarded::of(record).map(Self::Fences),
            _ if record.padding > 0 => Some(Self::Shifted(record.address - record.padding as usize)),
            _ => None,
        }
    }

    /// The block of the allocator below, and what it was asked for with. To be asked before [`end`](Self::end).
    pub(super) fn below(&self, record: &BlockRecord) -> Option<(NonNull<u8>, Layout)> {
        let (start, size) = match self {
            Self::Fences(guarded) => return Some((guarded.base(), guarded.whole())),
            Self::Pages(object) => (pages().note(*object), record.size),
            Self::Shifted(start) => (*start, record.padding as usize + record.size),
        };
        // Who covered the block exposed it.
        let start = NonNull::new(with_exposed_provenance_mut(start))?;
        Some((start, Layout::from_size_align(size, record.align).ok()?))
    }

    /// Bytes that it takes to hold the block back.
    pub(super) fn held_size(&self) -> Option<usize> {
        match self {
            Self::Fences(guarded) => Some(guarded.whole().size()),
            // Closed pages find more than a quarantine does.
            Self::Pages(_) | Self::Shifted(_) => None,
        }
    }

    /// The broken byte around a live block, if one is; all is whole afterwards, so that nothing is told twice.
    ///
    /// # Safety
    /// The block is live in the books, which are locked.
    pub(super) unsafe fn broken(&self) -> Option<(isize, Difference)> {
        match self {
            // SAFETY: the caller's promise.
            Self::Fences(guarded) => unsafe { guarded.broken() },
            Self::Pages(object) => pages().broken(*object),
            Self::Shifted(_) => None,
        }
    }

    /// Ends the block: fills it as freed, closes it when it is held back; closes its pages.
    ///
    /// # Safety
    /// The program has given the block back, and nobody else gets what lies below meanwhile.
    pub(super) unsafe fn end(&self, held: bool) {
        match self {
            // SAFETY: the caller's promise.
            Self::Fences(guarded) => unsafe { guarded.end(held) },
            Self::Pages(object) => pages().retire(*object),
            Self::Shifted(_) => {}
        }
    }

    /// Lets the allocator below have its block again, as far as tools are concerned.
    pub(super) fn open(&self) {
        if let Self::Fences(guarded) = self {
            guarded.open();
        }
    }

    /// The guarded block, for who tells tools of fences.
    pub(super) fn fences(&self) -> Option<&Guarded> {
        if let Self::Fences(guarded) = self { Some(guarded) } else { None }
    }
}
