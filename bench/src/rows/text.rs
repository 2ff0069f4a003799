//! Row 4: short strings.

use super::inputs::inputs;
use crate::{
    contender::{Arenite, Blink, Bump, Bumpalo, DEFAULT, Down8, Heap, Multitude, Stumpalo, Text, Up8, WALKS},
    criterion::{Criterion, Measure},
    heaps,
    keep::keep,
    kernel::{GROUP, Kernel, Section, Work},
};
use std::alloc::{GlobalAlloc, Layout};

pub(super) fn sections() -> Vec<Section> {
    let mut section = Section::new("4", "alloc_str of 3-24 bytes");
    section.kernels = vec![
        Kernel::ours(Arenite::NAME, || arena(Arenite::settled())),
        Kernel::ours(DEFAULT, || arena(Arenite::new())).noting(WALKS),
        Kernel::opponent(Bumpalo::<1>::NAME, || arena(Bumpalo::<1>::new())),
        Kernel::opponent(Bumpalo::<8>::NAME, || arena(Bumpalo::<8>::new())),
        Kernel::opponent(Up8::NAME, || arena(Up8::new())),
        Kernel::opponent(Down8::NAME, || arena(Down8::new())),
        Kernel::opponent(Stumpalo::NAME, || arena(Stumpalo::new())),
        Kernel::opponent(Blink::NAME, || arena(Blink::new())),
        Kernel::opponent(Multitude::NAME, || arena(Multitude::new())),
    ];
    section.kernels.extend(heaps!(heap));
    section.kernels.push(Kernel::bare_loop(bare_loop));
    section.criteria = vec![
        Criterion::at_most(Arenite::NAME, Measure::Instructions, 22.0),
        Criterion::stated(DEFAULT, Measure::Instructions),
    ];
    vec![section]
}

fn texts() -> Vec<String> {
    inputs(GROUP, |random| (0..3 + random.below(22)).map(|_| char::from(b'a' + random.below(26) as u8)).collect())
}

fn slices(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn arena<T: Text>(mut arena: T) -> Work {
    let texts = texts();
    Work::Loop(Box::new(move |operations| {
        let texts = slices(&texts);
        for _ in 0..operations / GROUP {
            arena_group(&arena, &texts);
            arena.reset();
        }
    }))
}

#[inline(never)]
fn arena_group<T: Text>(arena: &T, texts: &[&str]) {
    for text in texts {
        keep(arena.text(text));
    }
}

fn heap<H: Heap>() -> Work {
    let texts = texts();
    let mut live = vec![std::ptr::null_mut(); texts.len()];
    Work::Loop(Box::new(move |operations| {
        let texts = slices(&texts);
        for _ in 0..operations / GROUP {
            heap_group::<H>(&texts, &mut live);
        }
    }))
}

#[inline(never)]
fn heap_group<H: Heap>(texts: &[&str], live: &mut [*mut u8]) {
    // SAFETY: no text is empty; a block has its text's size, and is freed once with the layout it was made with.
    unsafe {
        let layout = |text: &str| Layout::from_size_align_unchecked(text.len(), 1);
        for (text, slot) in texts.iter().zip(live.iter_mut()) {
            let memory = H::HEAP.alloc(layout(text));
            memory.copy_from_nonoverlapping(text.as_ptr(), text.len());
            keep(memory);
            *slot = memory;
        }
        for (text, &mut memory) in texts.iter().zip(live) {
            H::HEAP.dealloc(memory, layout(text));
        }
    }
}

fn bare_loop() -> Work {
    let texts = texts();
    Work::Loop(Box::new(move |operations| {
        let texts = slices(&texts);
        for _ in 0..operations / GROUP {
            bare_group(&texts);
        }
    }))
}

#[inline(never)]
fn bare_group(texts: &[&str]) {
    for text in texts {
        keep(text.as_ptr().wrapping_add(text.len()));
    }
}
