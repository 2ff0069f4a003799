//! Row 5: formatting into an arena.

use super::inputs::inputs;
use crate::{
    contender::{Arenite, Blink, Bump, Bumpalo, Heap, Up8, heap::Direct},
    criterion::{Criterion, Measure},
    heaps,
    keep::keep,
    kernel::{GROUP, Kernel, Section, Work},
};
use std::fmt::{Arguments, Write};

pub(super) fn sections() -> Vec<Section> {
    // The figures of TARGETS.md are those of one number and a literal, which the compiler joins to the text around it.
    let mut one = section::<One>("5a", "format \"id-{}:{}\" of a number and a literal into the arena");
    one.criteria = vec![Criterion::at_most(Arenite::NAME, Measure::Instructions, 380.0)];
    let mut two = section::<Two>("5b", "format \"id-{}:{}\" of two numbers into the arena");
    two.criteria = vec![Criterion::stated(Arenite::NAME, Measure::Instructions)];
    vec![one, two]
}

fn section<M: Message>(id: &'static str, title: &'static str) -> Section {
    let mut section = Section::new(id, title);
    section.kernels = vec![
        Kernel::ours(Arenite::NAME, formats::<Arenite, M>),
        Kernel::opponent("bump-scope alloc_fmt_mut", formats::<Up8, M>),
        Kernel::opponent("bump-scope alloc_fmt", formats::<SharedUp8, M>),
        Kernel::opponent("bumpalo::format!", formats::<Bumpalo<1>, M>),
        Kernel::opponent("blink-alloc copy_str", formats::<Blink, M>).noting("formatted on the stack, then copied"),
        Kernel::opponent("stumpalo, api2 Vec", formats::<StumpaloVec, M>).noting("write! to a Vec in the arena"),
    ];
    section.kernels.extend(heaps!(heap, M));
    section
}

/// What is formatted. The arguments must not leave the expression that makes them, hence a closure.
trait Message: 'static {
    fn with<R>(a: u64, b: u64, write: impl FnOnce(Arguments<'_>) -> R) -> R;
}

struct One;
struct Two;

impl Message for One {
    #[inline(always)]
    fn with<R>(a: u64, _b: u64, write: impl FnOnce(Arguments<'_>) -> R) -> R {
        write(format_args!("id-{}:{}", a, 7))
    }
}

impl Message for Two {
    #[inline(always)]
    fn with<R>(a: u64, b: u64, write: impl FnOnce(Arguments<'_>) -> R) -> R {
        write(format_args!("id-{a}:{b}"))
    }
}

/// Writes a text into memory of its own.
trait Formats: 'static {
    fn new() -> Self;
    fn format(&mut self, text: Arguments<'_>);
    fn reset(&mut self);
}

macro_rules! formats {
    ($contender:ty, $new:expr, $arena:ident, $text:ident, $format:expr) => {
        impl Formats for $contender {
            fn new() -> Self {
                $new
            }

            #[inline(always)]
            fn format(&mut self, $text: Arguments<'_>) {
                let $arena = &mut self.0;
                $format
            }

            #[inline(always)]
            fn reset(&mut self) {
                Bump::reset(self);
            }
        }
    };
}

formats!(Arenite, Self::settled(), arena, text, keep(arena.alloc_fmt(text)));
// What `bumpalo::format!` expands to.
formats!(Bumpalo<1>, Bump::new(), arena, text, {
    let mut string = bumpalo::collections::String::new_in(arena);
    let _ = string.write_fmt(text);
    keep(string.into_bump_str());
});
formats!(Up8, Bump::new(), arena, text, keep(arena.alloc_fmt_mut(text).into_raw().as_ptr()));
formats!(Blink, Bump::new(), arena, text, {
    let mut stack = OnStack { bytes: [0; 64], len: 0 };
    let _ = stack.write_fmt(text);
    // SAFETY: only whole strings were written.
    keep(arena.copy_str(unsafe { std::str::from_utf8_unchecked(&stack.bytes[..stack.len]) }));
});

/// bump-scope through a shared reference.
struct SharedUp8(Up8);

impl Formats for SharedUp8 {
    fn new() -> Self {
        Self(Bump::new())
    }

    #[inline(always)]
    fn format(&mut self, text: Arguments<'_>) {
        keep(self.0.0.alloc_fmt(text).into_raw().as_ptr());
    }

    #[inline(always)]
    fn reset(&mut self) {
        Bump::reset(&mut self.0);
    }
}

/// stumpalo does not format: a vector in it does.
struct StumpaloVec(stumpalo::Arena);

impl Formats for StumpaloVec {
    fn new() -> Self {
        Self(stumpalo::Arena::new())
    }

    #[inline(always)]
    fn format(&mut self, text: Arguments<'_>) {
        let mut bytes = Bytes(allocator_api2_04::vec::Vec::new_in(&self.0));
        let _ = bytes.write_fmt(text);
        keep(bytes.0.leak());
    }

    #[inline(always)]
    fn reset(&mut self) {
        self.0.clear();
    }
}

struct Bytes<'a>(allocator_api2_04::vec::Vec<u8, &'a stumpalo::Arena>);

impl Write for Bytes<'_> {
    #[inline(always)]
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Room for the longest of our texts.
struct OnStack {
    bytes: [u8; 64],
    len: usize,
}

impl Write for OnStack {
    #[inline(always)]
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

fn numbers() -> Vec<(u64, u64)> {
    inputs(GROUP, |random| (random.below(100_000), random.below(100_000)))
}

fn formats<F: Formats, M: Message>() -> Work {
    let mut arena = F::new();
    let numbers = numbers();
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / GROUP {
            formats_group::<F, M>(&mut arena, &numbers);
            arena.reset();
        }
    }))
}

#[inline(never)]
fn formats_group<F: Formats, M: Message>(arena: &mut F, numbers: &[(u64, u64)]) {
    keep(arena);
    for &(a, b) in numbers {
        M::with(a, b, |text| arena.format(text));
    }
}

/// As `format!` does it, over any heap: a `Vec` of the capacity that std guesses, grown as std grows it.
fn heap<H: Heap, M: Message>() -> Work {
    let numbers = numbers();
    let mut live = Vec::with_capacity(numbers.len());
    Work::Loop(Box::new(move |operations| {
        for _ in 0..operations / GROUP {
            heap_group::<H, M>(&numbers, &mut live);
        }
    }))
}

#[inline(never)]
fn heap_group<H: Heap, M: Message>(numbers: &[(u64, u64)], live: &mut Vec<HeapText<H>>) {
    for &(a, b) in numbers {
        // std guesses twice the length of the literal pieces when there are at least 16 bytes of them, else nothing.
        let mut string = HeapText(allocator_api2::vec::Vec::new_in(Direct::<H>::new()));
        let _ = M::with(a, b, |text| string.write_fmt(text));
        keep(string.0.as_ptr());
        live.push(string);
    }
    live.clear();
}

struct HeapText<H: Heap>(allocator_api2::vec::Vec<u8, Direct<H>>);

impl<H: Heap> Write for HeapText<H> {
    #[inline(always)]
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
