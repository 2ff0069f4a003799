//! A heap: blocks of any size and alignment, freed, resized and misused in any order.
#![no_main]

use arbitrary::Arbitrary;
use arenite::{FreeErrorKind, Heap};
use arenite_fuzz::Blocks;
use libfuzzer_sys::fuzz_target;
use std::{alloc::Layout, ptr::NonNull};

#[derive(Arbitrary, Debug)]
enum Op {
    Alloc { size: u16, shift: u8, zeroed: bool },
    Large { size: u32, shift: u8 },
    Free(u16),
    FreeTwice(u16),
    FreeInside { which: u16, offset: u16 },
    FreeForeign(u64),
    Realloc { which: u16, size: u32 },
    Resize { which: u16, size: u16 },
    Trim,
}

fn take(heap: &Heap, blocks: &mut Blocks, size: usize, align: usize, zeroed: bool) {
    let layout = Layout::from_size_align(size, align).unwrap();
    let taken = if zeroed { heap.try_alloc_zeroed(layout) } else { heap.try_alloc(layout) };
    let Ok(memory) = taken else { return };
    // SAFETY: fresh memory of that size.
    unsafe {
        if zeroed {
            assert!((0..size).all(|i| memory.add(i).read() == 0), "zeroed");
        }
        blocks.came(memory, size, align);
    }
    if size > 0 {
        assert!(heap.owns(memory.as_ptr()) && heap.usable_size(memory).unwrap() >= size);
    }
}

fuzz_target!(|ops: Vec<Op>| {
    let heap = Heap::new();
    let mut blocks = Blocks::default();
    let mut freed: Option<NonNull<u8>> = None;
    for op in ops {
        match op {
            Op::Alloc { size, shift, zeroed } => {
                take(&heap, &mut blocks, usize::from(size).max(1), 1 << (shift % 8), zeroed);
            }
            Op::Large { size, shift } => {
                take(&heap, &mut blocks, size as usize % (3 << 20) + 1, 1 << (shift % 22), false)
            }
            Op::Free(which) => {
                let Some(block) = blocks.pick(which) else { continue };
                // SAFETY: a live block of this heap's, looked at before it goes.
                unsafe {
                    blocks.went(block);
                    heap.free(block.memory);
                }
                freed = Some(block.memory);
            }
            Op::FreeTwice(which) => {
                let Some(block) = blocks.pick(which) else { continue };
                // SAFETY: as above; the second is refused.
                unsafe {
                    blocks.went(block);
                    heap.free(block.memory);
                    let refused = heap.try_free(block.memory).unwrap_err();
                    assert!(matches!(refused.kind(), FreeErrorKind::DoubleFree | FreeErrorKind::Foreign), "{refused}");
                }
            }
            Op::FreeInside { which, offset } => {
                let Some(block) = blocks.pick(which) else { continue };
                if block.size < 2 {
                    continue;
                }
                let inside = 1 + usize::from(offset) % (block.size - 1);
                // SAFETY: no block starts there: refused.
                unsafe { heap.try_free(block.memory.add(inside)).unwrap_err() };
            }
            Op::FreeForeign(address) => {
                // SAFETY: refused unless it happens to be a live block's, which is left out.
                let address = NonNull::new(std::ptr::without_provenance_mut::<u8>(address as usize));
                let Some(address) = address else { continue };
                if blocks.iter().all(|block| block.memory != address) {
                    // SAFETY: as said.
                    unsafe { heap.try_free(address).unwrap_err() };
                }
            }
            Op::Realloc { which, size } => {
                let Some(block) = blocks.pick(which) else { continue };
                let size = size as usize % (1 << 20) + 1;
                let layout = Layout::from_size_align(size, block.align).unwrap();
                // SAFETY: a live block of this heap's; its start is kept.
                unsafe {
                    if let Ok(moved) = heap.try_realloc(block.memory, layout) {
                        blocks.kept(&block, moved, block.size.min(size));
                        blocks.forget(block);
                        blocks.came(moved, size, block.align);
                    }
                }
            }
            Op::Resize { which, size } => {
                let Some(block) = blocks.pick(which) else { continue };
                let size = usize::from(size).max(1);
                // SAFETY: as above.
                unsafe {
                    if heap.resize(block.memory, size) {
                        blocks.kept(&block, block.memory, block.size.min(size));
                        blocks.forget(block);
                        blocks.came(block.memory, size, block.align);
                    }
                }
            }
            Op::Trim => {
                heap.trim();
            }
        }
        if let Some(freed) = freed.take().filter(|&freed| blocks.iter().all(|block| block.memory != freed)) {
            // SAFETY: freed and not handed out again: refused.
            unsafe { heap.try_free(freed).unwrap_err() };
        }
        assert_eq!(heap.stats().live, blocks.len());
    }
    // SAFETY: the heap is alive.
    unsafe { blocks.check_all() };
});
