//! Scopes of a thread: `arenite/context.h`.

mod blocks;
mod current;
mod ends;
mod heaps;
mod list;
mod owners;
mod ranges;
mod scopes;
mod stacks;

pub(crate) use current::Direct;
pub(crate) use heaps::{forget as forget_heap, note as note_heap};

use crate::{
    error::Noted,
    given::{no_memory, small_change},
};
use arenite_lib::{Heap, HeapOptions, context::by_hand::FreeStanding};
use std::sync::OnceLock;

/// Made by the first call that needs it, never destroyed.
static HEAP: OnceLock<Heap> = OnceLock::new();

/// The heap of `arenite_malloc`, if it is there already: for fast paths, which nothing may leave by a panic.
fn program_at_hand() -> Option<FreeStanding<'static>> {
    HEAP.get().map(FreeStanding::over)
}

/// The heap of `arenite_malloc`.
fn program() -> Result<FreeStanding<'static>, Noted> {
    if let Some(program) = program_at_hand() {
        return Ok(program);
    }
    small_change()?;
    // Of two threads that make one, one keeps its own: the other's is dropped, as nothing is in it.
    let _ = HEAP.set(HeapOptions::new().name("arenite_malloc").try_build()?);
    program_at_hand().ok_or_else(|| no_memory("a heap"))
}

/// `arenite_scope`: 16 bits of depth, 48 bits of a number that no other scope of the process has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Scope {
    low: u32,
    high: u32,
}

impl Scope {
    const NONE: Self = Self { low: 0, high: 0 };

    const fn new(depth: usize, number: u64) -> Self {
        let bits = number << 16 | depth as u64;
        Self { low: bits as u32, high: (bits >> 32) as u32 }
    }

    const fn bits(self) -> u64 {
        (self.high as u64) << 32 | self.low as u64
    }

    /// From 1.
    const fn depth(self) -> usize {
        (self.bits() & 0xFFFF) as usize
    }

    const fn number(self) -> u64 {
        self.bits() >> 16
    }
}
