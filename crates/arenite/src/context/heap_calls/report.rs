//! Which places called the program's heap.

use super::{super::hooks::Call, HeapCalls};
use crate::debug::{Metadata, Site, StackId};
use allocator_api2::vec::Vec;
use core::{fmt, ops::Deref};

/// Places of one report. What comes from others is counted, not listed.
const MOST: usize = 64;

/// What was asked of the program's heap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum HeapCallKind {
    /// A block was allocated.
    Allocation,
    /// A block was given another size.
    Reallocation,
    /// A block was freed.
    Free,
}

impl fmt::Display for HeapCallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Allocation => "allocation",
            Self::Reallocation => "reallocation",
            Self::Free => "free",
        })
    }
}

/// Heap calls of one kind from one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct HeapCallPlace {
    /// What was asked for.
    pub kind: HeapCallKind,
    /// The stack at the call; its names are looked for when it is printed. `None` where the platform cannot tell, and
    /// without the feature `debug`.
    pub stack: Option<StackId>,
    /// How often.
    pub calls: u64,
    /// Bytes of the blocks allocated or freed there; of a reallocation the new size.
    pub bytes: u64,
}

impl HeapCallPlace {
    /// One call, from whoever called this.
    pub(super) fn of(call: &Call) -> Self {
        let (kind, bytes) = match *call {
            Call::Alloc { layout, .. } => (HeapCallKind::Allocation, layout.size()),
            Call::Free { layout, .. } => (HeapCallKind::Free, layout.size()),
            Call::Realloc { size, .. } => (HeapCallKind::Reallocation, size),
        };
        Self { kind, stack: Site::UNKNOWN.with_stack().stack(), calls: 1, bytes: bytes as u64 }
    }
}

impl fmt::Display for HeapCallPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, calls, bytes, .. } = self;
        write!(f, "{calls} x {kind}, {bytes} bytes, ")?;
        match self.stack {
            Some(stack) => write!(f, "at{stack}"),
            None => f.write_str("at an unknown place"),
        }
    }
}

/// Calls of the program's heap by one thread, with their places: a slice of [`HeapCallPlace`]s in the order of their first
/// calls. Its memory is the C heap's.
#[derive(Clone, Default)]
pub struct HeapCallReport {
    calls: HeapCalls,
    places: Places,
    unlisted: u64,
}

#[derive(Clone)]
struct Places(Vec<HeapCallPlace, Metadata>);

impl Default for Places {
    fn default() -> Self {
        Self(Vec::new_in(Metadata))
    }
}

impl HeapCallReport {
    pub(super) const fn new() -> Self {
        Self { calls: HeapCalls::NONE, places: Places(Vec::new_in(Metadata)), unlisted: 0 }
    }

    /// Neither panics nor calls the program's heap.
    pub(super) fn add(&mut self, call: &Call) {
        self.calls = self.calls.plus(&HeapCalls::of(call));
        let new = HeapCallPlace::of(call);
        let places = &mut self.places.0;
        if let Some(known) = places.iter_mut().find(|known| (known.kind, known.stack) == (new.kind, new.stack)) {
            known.calls += 1;
            known.bytes += new.bytes;
        } else if places.len() < MOST && places.try_reserve(1).is_ok() {
            places.push(new);
        } else {
            self.unlisted += 1;
        }
    }

    /// The calls, counted.
    #[must_use]
    pub const fn calls(&self) -> HeapCalls {
        self.calls
    }

    /// As JSON. Stable for scripts: fields are added, not renamed.
    #[cfg(feature = "json")]
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let place = |place: &HeapCallPlace| {
            let frames = place.stack.map(|stack| alloc::string::ToString::to_string(&stack));
            serde_json::json!({
                "kind": alloc::string::ToString::to_string(&place.kind),
                "calls": place.calls,
                "bytes": place.bytes,
                "stack": frames.map(|frames| {
                    frames.lines().map(str::trim).filter(|line| !line.is_empty()).map(alloc::string::String::from)
                        .collect::<alloc::vec::Vec<_>>()
                }),
            })
        };
        let HeapCalls { allocations, reallocations, frees, allocated_bytes, freed_bytes } = self.calls;
        serde_json::json!({
            "allocations": allocations,
            "reallocations": reallocations,
            "frees": frees,
            "allocated_bytes": allocated_bytes,
            "freed_bytes": freed_bytes,
            "unlisted": self.unlisted,
            "places": self.iter().map(place).collect::<alloc::vec::Vec<_>>(),
        })
    }

    /// Calls from places beyond the first 64, or for which there was no memory: counted, not listed.
    #[must_use]
    pub const fn unlisted(&self) -> u64 {
        self.unlisted
    }
}

impl Deref for HeapCallReport {
    type Target = [HeapCallPlace];

    fn deref(&self) -> &[HeapCallPlace] {
        &self.places.0
    }
}

impl fmt::Display for HeapCallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.calls.fmt(f)?;
        self.iter().try_for_each(|place| write!(f, "\n    {place}"))?;
        match self.unlisted {
            0 => Ok(()),
            unlisted => write!(f, "\n    {unlisted} calls from other places"),
        }
    }
}

impl fmt::Debug for HeapCallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
