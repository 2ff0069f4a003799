//! What each layer adds to what is below it: limits, refusals, books, guards. That they are allocators at all is shown by
//! tests/conformance.rs.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, with the layout in the line before.

#[path = "../common/mod.rs"]
mod common;
mod failing;
mod fallback;
mod limited;
mod owned_and_shared;
mod segregated;
mod tracked;
mod unmapping;
mod watched;

use allocator_api2::{alloc::Allocator, boxed::Box, vec::Vec};
use arenite::{
    AllocError, Arena, ArenaOptions, BufferArena, Capabilities, DynAllocator, ErrorKind, FixedBuffer, FreeErrorKind,
    Node, ResetError, ResetMode, Tag,
    layer::{Failing, Fallback, Limited, Owned, Plain, Segregated, Shared, Tracked, Unmapping, fail_tag},
    pool::BlockPoolOptions,
};
use common::{Ledger, panic_of};
use proptest::prelude::*;
use std::{alloc::Layout, alloc::System as Heap, collections::HashMap, mem::MaybeUninit, ptr::NonNull, sync::Arc};

fn bytes(size: usize) -> Layout {
    Layout::array::<u8>(size).unwrap()
}

fn heap() -> Plain<Heap> {
    Plain::new(Heap).promising(Capabilities::FREE | Capabilities::THREADS)
}

fn take(memory: &dyn DynAllocator, size: usize) -> NonNull<u8> {
    memory.try_allocate(bytes(size)).unwrap().cast()
}

fn kind(result: Result<NonNull<[u8]>, AllocError>) -> ErrorKind {
    result.unwrap_err().kind()
}
