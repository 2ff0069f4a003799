//! What is refused, and what falls back, in a process whose address space (`ulimit -v`) or data (`ulimit -d`) is limited.
#![cfg(target_os = "linux")]

use arenite::{
    Arena, ArenaOptions, ErrorKind, MemorySystem, Node, ReservedVec,
    source::{Reservation, ReservationOptions},
    system::{SystemError, SystemLayout},
};
use std::process::Command;

const INSIDE: &str = "ARENITE_TEST_LIMITED";
/// What the sizes here are multiples of: 1 GiB, and an eighth of it where 5 GiB are more than addresses can say.
const UNIT: usize = 1 << if usize::BITS == 64 { 30 } else { 27 };
/// Of address space, in KiB: room for two units, and not for 2.5.
const LIMIT: usize = 2_500_000 / ((1 << 30) / UNIT);

/// Runs the test called `name` of this program again, in a process of at most `kib` KiB of address space.
fn limited(name: &str, kib: usize) {
    let this = std::env::current_exe().unwrap();
    let script = format!("ulimit -v {kib} && exec \"$0\" --exact {name} --nocapture");
    let output = Command::new("sh").args(["-c", &script]).arg(this).env(INSIDE, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

#[test]
fn a_limited_process_gets_the_least_that_a_reservation_accepts() {
    if !inside() {
        return limited("a_limited_process_gets_the_least_that_a_reservation_accepts", LIMIT);
    }
    let whole = Reservation::new(ReservationOptions::new(5 * UNIT)).unwrap_err();
    assert!(whole.to_string().contains("ulimit"), "{whole}");
    // Halving alone passes from 2.5 units to 1.25: two would fit, and are what is asked for.
    let least = Reservation::new(ReservationOptions::new(5 * UNIT).at_least(2 * UNIT)).unwrap();
    assert_eq!(least.size(), 2 * UNIT);
}

#[test]
fn a_limited_process_is_told_that_an_arenas_range_is_refused() {
    if !inside() {
        return limited("a_limited_process_is_told_that_an_arenas_range_is_refused", LIMIT);
    }
    let refused = ArenaOptions::new().name("big").reserve(5 * UNIT).try_build().unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::ReserveRefused { .. }), "{refused}");
    let arena = ArenaOptions::new().reserve(5 * UNIT).reserve_at_least(UNIT).build();
    assert!(arena.stats().reserved >= UNIT && arena.stats().reserved < 5 * UNIT);
    arena.alloc_slice_fill(1 << 20, 1u8);
}

#[test]
fn a_limited_process_gets_a_smaller_memory_system_where_the_layout_allows_it() {
    if !inside() {
        return limited("a_limited_process_gets_a_smaller_memory_system_where_the_layout_allows_it", LIMIT);
    }
    assert!(matches!(MemorySystem::new(), Err(SystemError::Reserve(_))));
    let memory = MemorySystem::with_layout(SystemLayout::new().at_least(UNIT)).unwrap();
    memory.begin_frame().unwrap().alloc_slice_fill(1 << 20, 1u8);
    assert!(memory.stats().reserved < 5 * UNIT);
}

#[test]
fn memory_that_the_system_does_not_commit_is_an_error_and_the_vector_stays() {
    if !inside() {
        return limited("memory_that_the_system_does_not_commit_is_an_error_and_the_vector_stays", LIMIT);
    }
    let node = Node::new("array").build();
    let mut vec = ReservedVec::try_with_options(ReservationOptions::new(UNIT), Some(&node)).unwrap();
    vec.push(1u8);
    let one = vec.committed();
    // What is writable counts as data of the process; a checker's own memory would too, so only for a moment.
    let set = |soft| {
        let data = libc::rlimit { rlim_cur: soft, rlim_max: libc::RLIM_INFINITY };
        // SAFETY: reads the structure given.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_DATA, &raw const data) }, 0);
    };
    set(16 << 20);
    let refused = vec.try_reserve(64 << 20);
    set(libc::RLIM_INFINITY);
    let refused = refused.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OutOfMemory, "{refused}");
    assert_eq!((&*vec, vec.committed(), node.stats().charged), (&[1][..], one, one));
    vec.try_reserve(64 << 20).unwrap();
}

#[test]
fn a_process_that_runs_out_of_memory_gets_an_error_and_its_arena_stays_as_it_was() {
    if !inside() {
        return limited("a_process_that_runs_out_of_memory_gets_an_error_and_its_arena_stays_as_it_was", 400_000);
    }
    let mut arena = Arena::new();
    let kept = arena.alloc_slice_fill(1000, 7u8).as_ptr();
    let mut blocks = 0;
    let refused = loop {
        let before = arena.stats();
        match arena.try_alloc_layout(std::alloc::Layout::from_size_align(16 << 20, 8).unwrap()) {
            Ok(_) => blocks += 1,
            Err(refused) => {
                assert_eq!(arena.stats(), before);
                break refused;
            }
        }
    };
    assert!(blocks > 2, "{blocks}");
    assert_eq!(refused.kind(), ErrorKind::OutOfMemory);
    // SAFETY: allocated above, and the arena was not reset.
    assert_eq!(unsafe { kept.add(999).read() }, 7);
    arena.clear();
    arena.alloc_slice_fill(16 << 20, 1u8);
}
