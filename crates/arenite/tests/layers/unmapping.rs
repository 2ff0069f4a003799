//! Addresses that do not come again.

use super::*;

#[test]
fn an_address_does_not_come_again_until_too_much_is_kept_back() {
    let memory = Unmapping::new().keep(20 * (64 << 10));
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        let block = take(&memory, 10);
        assert!(seen.insert(block));
        unsafe { memory.deallocate(block, bytes(10)) };
    }
    assert_eq!(memory.kept(), 20 * (64 << 10));
    let block = take(&memory, 10);
    unsafe { memory.deallocate(block, bytes(10)) };
    assert_eq!(memory.kept(), 20 * (64 << 10), "the one freed first has gone");
}

#[test]
fn wrong_frees_are_named_also_long_after() {
    let memory = Unmapping::new();
    let block = take(&memory, 5000);
    let kind = |block, layout| unsafe { memory.try_deallocate(block, layout) }.unwrap_err().kind();
    assert_eq!(kind(block, bytes(4999)), FreeErrorKind::WrongSize { given: 4999, asked: 5000 });
    assert_eq!(kind(unsafe { block.add(4096) }, bytes(5000)), FreeErrorKind::Misaligned { offset: 4096 });
    unsafe { memory.deallocate(block, bytes(5000)) };
    for _ in 0..500 {
        let other = take(&memory, 5000);
        unsafe { memory.deallocate(other, bytes(5000)) };
    }
    assert_eq!(kind(block, bytes(5000)), FreeErrorKind::DoubleFree);
    assert_eq!(kind(unsafe { block.add(1) }, bytes(5000)), FreeErrorKind::DoubleFree);
    assert_eq!(kind(NonNull::<u64>::dangling().cast(), bytes(8)), FreeErrorKind::Foreign);
}

#[test]
fn memory_of_freed_blocks_goes_back() {
    let memory = Unmapping::new();
    for _ in 0..50 {
        let block = take(&memory, 4 << 20);
        unsafe {
            block.write_bytes(1, 4 << 20);
            memory.deallocate(block, bytes(4 << 20));
        }
    }
    assert_eq!((memory.stats().held, memory.stats().live), (Some(0), Some(0)));
    assert_eq!(unsafe { memory.reset(ResetMode::GiveBack) }, Ok(()));
    assert_eq!(memory.kept(), 0);
}

#[test]
fn an_arena_on_top_of_it_gives_its_blocks_back_to_the_guard() {
    let pages = Arc::new(Unmapping::new());
    let mut arena = ArenaOptions::new().source(pages.clone()).build();
    let label = arena.alloc_str("gone after clear");
    assert_eq!(label.len(), 16);
    arena.alloc_slice_fill(100_000, 1u8);
    let live = pages.stats().live;
    assert_eq!(live, Some(2));
    arena.clear();
    assert_eq!(pages.stats().live, Some(1));
    drop(arena);
    assert_eq!(pages.stats().live, Some(0));
}

/// Runs this test again in a process of its own that does the one thing which must end it; whether it did.
fn ends_the_program(fault: &str) -> bool {
    let end = crate::common::again::again()
        .args(["--exact", "unmapping::a_use_after_free_and_a_write_behind_the_end_stop_the_program"])
        .env(FAULT, fault)
        .output()
        .unwrap();
    !end.status.success() && !String::from_utf8_lossy(&end.stdout).contains("FAILED")
}

const FAULT: &str = "ARENITE_TEST_FAULT";

#[test]
fn a_use_after_free_and_a_write_behind_the_end_stop_the_program() {
    let memory = Unmapping::new();
    let block = take(&memory, 4000);
    match std::env::var(FAULT).as_deref() {
        Ok("read freed") => unsafe {
            memory.deallocate(block, bytes(4000));
            std::hint::black_box(block.as_ptr().read_volatile());
        },
        Ok("write behind") => unsafe { block.as_ptr().add(4000).write_volatile(1) },
        Ok(_) => unsafe { block.as_ptr().add(3999).write_volatile(1) },
        Err(_) => {
            assert!(ends_the_program("read freed") && ends_the_program("write behind"));
            assert!(!ends_the_program("none"));
        }
    }
}
