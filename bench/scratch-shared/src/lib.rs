//! Row 9 in a shared library: what `bench/c/scratch_shared.c` calls.
//!
//! The compiler does not know where a shared library's thread-locals will lie, so each use of one asks `__tls_get_addr`. Each operation is a function
//! of its own, so that it asks every time: out of a loop the compiler takes the question (measured: 11 instructions net then).

use std::{cell::Cell, hint::black_box};

/// Enters the thread's scratch, moves a value in, looks at it, and leaves; so often.
#[unsafe(no_mangle)]
pub extern "C" fn bench_scratch(operations: u64) {
    #[inline(never)]
    fn operation(i: u64) {
        arenite::scratch(|scope| {
            black_box(scope.alloc(i));
        });
    }
    (0..operations).for_each(operation);
}

/// Reads and writes a thread-local; so often: what the address of one costs.
#[unsafe(no_mangle)]
pub extern "C" fn bench_thread_local(operations: u64) {
    thread_local!(static VALUE: Cell<u64> = const { Cell::new(0) });
    #[inline(never)]
    fn operation(i: u64) {
        black_box(VALUE.replace(i));
    }
    (0..operations).for_each(operation);
}

/// Moves a value into the one place there is; so often: the loop.
#[unsafe(no_mangle)]
pub extern "C" fn bench_loop(operations: u64) {
    #[inline(never)]
    fn operation(i: u64) {
        black_box(i);
    }
    (0..operations).for_each(operation);
}
