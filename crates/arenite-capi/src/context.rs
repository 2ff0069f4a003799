//! Scopes of a thread: `arenite/context.h`.

mod blocks;
mod ends;
mod list;
mod scopes;
mod stacks;
mod stamp;

use arenite_lib::{Heap, context::by_hand::FreeStanding};
use std::sync::OnceLock;

/// The heap of `arenite_malloc`: made by the first call, never destroyed.
fn program() -> FreeStanding<'static> {
    static HEAP: OnceLock<Heap> = OnceLock::new();
    FreeStanding::over(HEAP.get_or_init(|| arenite_lib::HeapOptions::new().name("arenite_malloc").build()))
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
