//! An arena by its layouts, strings, scopes, marks and resets.
#![no_main]

use arbitrary::Arbitrary;
use arenite::{Arena, ArenaHandle, ArenaOptions, DynAllocator, Handle, Retention};
use arenite_fuzz::Blocks;
use libfuzzer_sys::fuzz_target;
use std::{alloc::Layout, ptr::NonNull, sync::Arc};

/// Resizes a block where it is, by the object-safe interface.
///
/// # Safety
/// A live block of the handle's, with this layout.
unsafe fn resize(handle: &Handle, memory: NonNull<u8>, old: Layout, new: usize) -> bool {
    let dynamic: &dyn DynAllocator = &handle;
    // SAFETY: the caller's promise.
    unsafe { dynamic.resize(memory, old, new) }
}

#[derive(Arbitrary, Debug)]
enum Op {
    Alloc { size: u16, shift: u8 },
    Large { size: u32 },
    Str(String),
    Format(u64, i8),
    Resize { which: u16, size: u16 },
    Scope(Vec<Inner>),
    Mark,
    Restore(u8),
    Checked(u64),
    Reset,
    Clear,
}

#[derive(Arbitrary, Debug)]
enum Inner {
    Alloc { size: u16, shift: u8 },
    Drop(u8),
    Scope { size: u16 },
}

#[derive(Arbitrary, Debug)]
struct Plan {
    initial: u16,
    reserve: bool,
    retention: u8,
    counting: bool,
    limit: Option<u32>,
    ops: Vec<Op>,
}

fn take(handle: &Handle, blocks: &mut Blocks, size: usize, align: usize) {
    let layout = Layout::from_size_align(size, align).unwrap();
    if let Ok(memory) = handle.try_alloc_layout(layout) {
        // SAFETY: fresh memory of that size.
        unsafe { blocks.came(memory, size, align) };
        assert!(size == 0 || handle.owns(memory.as_ptr()));
    }
}

fn build(plan: &Plan) -> Arena {
    let mut options = ArenaOptions::new().counting(plan.counting).retention(match plan.retention % 4 {
        0 => Retention::KeepAll,
        1 => Retention::GiveBack,
        2 => Retention::KeepBytes(10_000),
        _ => Retention::HighWater(2),
    });
    options = if plan.reserve { options.reserve(16 << 20) } else { options.initial(usize::from(plan.initial)) };
    if let Some(limit) = plan.limit {
        options = options.limit(limit as usize % (8 << 20) + (128 << 10));
    }
    options.build()
}

fuzz_target!(|plan: Plan| {
    let mut arena = build(&plan);
    let mut blocks = Blocks::default();
    let mut marks = Vec::new();
    let mut handles: Vec<(ArenaHandle<u64>, u64)> = Vec::new();
    for op in &plan.ops {
        match op {
            Op::Alloc { size, shift } => take(&arena, &mut blocks, usize::from(*size), 1 << (shift % 13)),
            Op::Large { size } => take(&arena, &mut blocks, *size as usize % (4 << 20), 16),
            Op::Str(text) => {
                if let Ok(copy) = arena.try_alloc_str(text) {
                    assert_eq!(copy, text);
                }
            }
            Op::Format(number, small) => {
                if let Ok(text) = arena.try_alloc_fmt(format_args!("{number}:{small}")) {
                    assert_eq!(*text, *format!("{number}:{small}"));
                }
            }
            Op::Resize { which, size } => {
                let Some(block) = blocks.pick(*which) else { continue };
                let new = usize::from(*size).max(1);
                let layout = Layout::from_size_align(block.size, block.align).unwrap();
                // SAFETY: a live block of this arena's; what it keeps is looked at before it is entered anew.
                unsafe {
                    if resize(&arena, block.memory, layout, new) {
                        blocks.kept(&block, block.memory, block.size.min(new));
                        blocks.forget(block);
                        blocks.came(block.memory, new, block.align);
                    }
                }
            }
            Op::Scope(inner) => {
                let before = arena.used();
                let outside = blocks.len();
                let mut temporary = Blocks::default();
                let dropped = Arc::new(());
                {
                    let scope = arena.scope();
                    for op in inner {
                        match op {
                            Inner::Alloc { size, shift } => {
                                take(&scope, &mut temporary, usize::from(*size), 1 << (shift % 13));
                            }
                            Inner::Drop(n) => {
                                for _ in 0..n % 4 {
                                    let _ = scope.try_alloc_drop(dropped.clone());
                                }
                            }
                            Inner::Scope { size } => {
                                let inner = scope.scope();
                                let _ = inner.try_alloc_slice_fill(usize::from(*size), 7u8);
                            }
                        }
                    }
                    // SAFETY: the scope is open.
                    unsafe { temporary.check_all() };
                }
                assert_eq!(Arc::strong_count(&dropped), 1, "values die with their scope");
                assert_eq!((arena.used(), blocks.len()), (before, outside));
            }
            Op::Mark => {
                if let Ok(mark) = arena.try_checkpoint() {
                    marks.push((mark, arena.used()));
                }
            }
            Op::Restore(which) => {
                if marks.is_empty() {
                    continue;
                }
                // What lies behind the mark is gone; the model only knows when, so it forgets all.
                let at = usize::from(*which) % marks.len();
                let (mark, used) = marks[at];
                blocks.clear();
                arena.restore(mark).unwrap();
                // Freed and resized blocks may have left the arena below the mark.
                assert!(arena.used() <= used);
                marks.truncate(at + 1);
                handles.retain(|&(handle, _)| arena.get(handle).is_some());
            }
            Op::Checked(value) => {
                if let Ok(handle) = arena.try_alloc_checked(*value) {
                    handles.push((handle, *value));
                }
            }
            Op::Reset | Op::Clear => {
                // SAFETY: nothing has gone back yet.
                unsafe { blocks.check_all() };
                if matches!(op, Op::Reset) {
                    arena.reset()
                } else {
                    arena.clear()
                }
                assert_eq!(arena.used(), 0);
                blocks.clear();
                marks.clear();
                assert!(handles.drain(..).all(|(handle, _)| arena.get(handle).is_none()));
            }
        }
        for &(handle, value) in &handles {
            assert_eq!(arena.get(handle), Some(&value));
        }
        let stats = arena.stats();
        assert!(stats.used <= stats.allocated && stats.waste == stats.allocated - stats.used);
    }
    // SAFETY: the arena is alive.
    unsafe { blocks.check_all() };
});
