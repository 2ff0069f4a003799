//! Windows' memory calls on this system: the semantics that `tests/c/windows_calls.c` of the C library compares with
//! Windows' own, and what only Rust can reach.
#![allow(clippy::undocumented_unsafe_blocks, reason = "memory of this file's own, used until it is handed back")]

use arenite::platform::{
    get_allocated,
    windows::{constants::*, *},
};
use std::{ptr::null, sync::Barrier, thread};

const KIB: usize = 1 << 10;

/// A region of this test's own, released at its end.
struct Own(usize);

impl Own {
    fn reserve(size: usize) -> Self {
        Self(unsafe { virtual_alloc(0, size, MEM_RESERVE, PAGE_READWRITE) }.unwrap().addr().get())
    }

    fn commit(&self, at: usize, size: usize, protect: u32) -> Result<usize, WinError> {
        let first = unsafe { virtual_alloc(self.0 + at, size, MEM_COMMIT, protect) }?;
        Ok(first.addr().get() - self.0)
    }

    fn byte(&self, at: usize) -> *mut u8 {
        std::ptr::with_exposed_provenance_mut(self.0 + at)
    }

    /// State, protection and size of the run at an offset.
    fn run(&self, at: usize) -> (u32, u32, usize) {
        let info = virtual_query(self.0 + at).unwrap();
        assert_eq!((info.allocation_base, info.base_address), (self.0, (self.0 + at) & !(page_size() - 1)));
        (info.state, info.protect, info.region_size)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        unsafe { virtual_free(self.0, 0, MEM_RELEASE) }.unwrap();
    }
}

#[test]
fn a_two_byte_range_across_a_page_boundary_commits_both_pages_and_no_more() {
    let (own, page) = (Own::reserve(1 << 20), page_size());
    assert_eq!(own.0 % allocation_granularity(), 0);
    assert_eq!(own.run(0), (MEM_RESERVE, 0, 1 << 20));
    assert_eq!(own.commit(5 * page - 1, 2, PAGE_READWRITE), Ok(4 * page));
    assert_eq!(own.run(0), (MEM_RESERVE, 0, 4 * page));
    assert_eq!(own.run(4 * page), (MEM_COMMIT, PAGE_READWRITE, 2 * page));
    assert_eq!(own.run(5 * page + 1), (MEM_COMMIT, PAGE_READWRITE, page));
    assert_eq!(own.run(6 * page), (MEM_RESERVE, 0, (1 << 20) - 6 * page));
    unsafe {
        assert_eq!(own.byte(4 * page).read(), 0);
        own.byte(6 * page - 1).write(1);
    }
}

#[test]
fn committing_again_keeps_contents_and_decommitting_loses_them() {
    let own = Own::reserve(64 * KIB);
    own.commit(0, 64 * KIB, PAGE_READWRITE).unwrap();
    unsafe {
        own.byte(100).write(7);
        own.commit(0, 1, PAGE_READONLY).unwrap();
        assert_eq!((own.byte(100).read(), own.run(0).1), (7, PAGE_READONLY));
        own.commit(0, 1, PAGE_READWRITE).unwrap();
        virtual_free(own.0, 1, MEM_DECOMMIT).unwrap();
        virtual_free(own.0, 1, MEM_DECOMMIT).unwrap();
        own.commit(0, 1, PAGE_READWRITE).unwrap();
        assert_eq!(own.byte(100).read(), 0);
        virtual_free(own.0, 0, MEM_DECOMMIT).unwrap();
    }
    assert_eq!(own.run(0), (MEM_RESERVE, 0, 64 * KIB), "size 0 means all of it");
}

#[test]
fn a_refused_call_leaves_every_page_as_it_was() {
    let (own, page) = (Own::reserve(256 * KIB), page_size());
    own.commit(page, page, PAGE_READWRITE).unwrap();
    let before = [0, page, 2 * page].map(|at| own.run(at));
    let (at, size) = (own.0, 256 * KIB);
    unsafe {
        for refused in [
            virtual_alloc(at, 1, MEM_RESERVE, PAGE_READWRITE),
            virtual_alloc(at + 64 * KIB, 1, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE),
            virtual_alloc(at + size - 1, 2, MEM_COMMIT, PAGE_READWRITE),
            virtual_alloc(at, 2 * page, MEM_RESET, PAGE_READWRITE),
        ] {
            assert_eq!(refused, Err(WinError::INVALID_ADDRESS));
        }
        for refused in [
            virtual_alloc(at, 0, MEM_COMMIT, PAGE_READWRITE),
            virtual_alloc(at, usize::MAX, MEM_COMMIT, PAGE_READWRITE),
            virtual_alloc(0, usize::MAX - 5, MEM_RESERVE, PAGE_READWRITE),
            virtual_alloc(usize::MAX, 1, MEM_RESERVE, PAGE_READWRITE),
            virtual_alloc(1, 1, MEM_RESERVE, PAGE_READWRITE),
            virtual_alloc(at, 1, MEM_COMMIT | MEM_RESET, PAGE_READWRITE),
            virtual_alloc(at, 1, 0, PAGE_READWRITE),
            virtual_alloc(at, 1, MEM_COMMIT, 0),
            virtual_alloc(at, 1, MEM_COMMIT, PAGE_READONLY | PAGE_READWRITE),
            virtual_alloc(at, 1, MEM_COMMIT, PAGE_WRITECOPY),
            virtual_alloc(at, 1, MEM_COMMIT, PAGE_GUARD),
            virtual_alloc(at, 1, MEM_COMMIT, PAGE_NOACCESS | PAGE_GUARD),
            virtual_alloc(0, 1, MEM_TOP_DOWN, PAGE_READWRITE),
        ] {
            assert_eq!(refused, Err(WinError::INVALID_PARAMETER));
        }
        assert_eq!(
            virtual_alloc(0, 1, MEM_RESERVE | MEM_COMMIT | MEM_LARGE_PAGES, PAGE_READWRITE),
            Err(WinError::PRIVILEGE_NOT_HELD)
        );
        for (free, error) in [
            (virtual_free(at, 1, MEM_RELEASE), WinError::INVALID_PARAMETER),
            (virtual_free(at, 0, 0), WinError::INVALID_PARAMETER),
            (virtual_free(at, 0, MEM_RELEASE | MEM_DECOMMIT), WinError::INVALID_PARAMETER),
            (virtual_free(at, size + 1, MEM_DECOMMIT), WinError::INVALID_PARAMETER),
            (virtual_free(at, usize::MAX, MEM_DECOMMIT), WinError::INVALID_PARAMETER),
            (virtual_free(at + page, 0, MEM_RELEASE), WinError::INVALID_ADDRESS),
            (virtual_free(at + page, 0, MEM_DECOMMIT), WinError::INVALID_ADDRESS),
            (virtual_free(0, 0, MEM_RELEASE), WinError::INVALID_ADDRESS),
            (virtual_free(usize::MAX, 0, MEM_RELEASE), WinError::INVALID_ADDRESS),
        ] {
            assert_eq!(free, Err(error));
        }
        for (protect, error) in [
            (virtual_protect(at, 2 * page, PAGE_READONLY), WinError::INVALID_ADDRESS),
            (virtual_protect(at + page, usize::MAX, PAGE_READONLY), WinError::INVALID_ADDRESS),
            (virtual_protect(64 * KIB, 1, PAGE_READONLY), WinError::INVALID_ADDRESS),
            (virtual_protect(at + page, 0, PAGE_READONLY), WinError::INVALID_PARAMETER),
            (virtual_protect(at + page, 1, 0), WinError::INVALID_PARAMETER),
        ] {
            assert_eq!(protect, Err(error));
        }
        assert_eq!(virtual_protect(at + page, 1, PAGE_READONLY), Ok(PAGE_READWRITE));
        assert_eq!(virtual_protect(at + page, 1, PAGE_READWRITE), Ok(PAGE_READONLY));
    }
    assert_eq!([0, page, 2 * page].map(|at| own.run(at)), before);
}

#[test]
fn a_released_region_is_nobodys_and_its_place_can_be_reserved_again() {
    let at = {
        let own = Own::reserve(256 * KIB);
        own.0
    };
    assert_eq!(unsafe { virtual_free(at, 0, MEM_RELEASE) }, Err(WinError::INVALID_ADDRESS), "a second time");
    assert_eq!(unsafe { virtual_alloc(at, 1, MEM_COMMIT, PAGE_READWRITE) }, Err(WinError::INVALID_ADDRESS));
    // Another thread's mapping may have come there meanwhile: then it is refused, and never mapped over.
    match unsafe { virtual_alloc(at + 64 * KIB + 5, 100, MEM_RESERVE, PAGE_READWRITE) } {
        Ok(base) => {
            let own = Own(base.addr().get());
            assert_eq!(own.0, at + 64 * KIB);
            assert_eq!(own.run(0).2, page_size());
        }
        Err(refused) => assert_eq!(refused, WinError::INVALID_ADDRESS),
    }
}

#[test]
fn a_reserve_never_replaces_what_others_have_mapped() {
    let mut mine = vec![7u8; 1 << 20];
    let at = mine.as_mut_ptr().addr();
    assert_eq!(unsafe { virtual_alloc(at, 4096, MEM_RESERVE, PAGE_READWRITE) }, Err(WinError::INVALID_ADDRESS));
    assert_eq!(unsafe { virtual_free(at, 0, MEM_RELEASE) }, Err(WinError::INVALID_ADDRESS));
    assert_eq!(unsafe { virtual_protect(at, 1, PAGE_NOACCESS) }, Err(WinError::INVALID_ADDRESS));
    assert!(mine.iter().all(|&byte| byte == 7));
    if cfg!(target_os = "linux") {
        let info = virtual_query(at).unwrap();
        assert_eq!((info.state, info.protect, info.kind), (MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE));
    }
    assert_eq!(virtual_query(0).unwrap().state, MEM_FREE);
    assert_eq!(virtual_query(usize::MAX), Err(WinError::INVALID_PARAMETER));
}

#[test]
fn pages_are_locked_once_and_unlocked_once() {
    let (own, page) = (Own::reserve(64 * KIB), page_size());
    assert_eq!(virtual_lock(own.0, 1), Err(WinError::NOACCESS), "reserved");
    own.commit(0, 3 * page, PAGE_READWRITE).unwrap();
    own.commit(page, 1, PAGE_NOACCESS).unwrap();
    assert_eq!(virtual_lock(own.0, 3 * page), Err(WinError::NOACCESS));
    assert_eq!(virtual_unlock(own.0, 1), Err(WinError::NOT_LOCKED));
    virtual_lock(own.0, 1).unwrap();
    virtual_lock(own.0, 1).unwrap();
    assert_eq!(virtual_unlock(own.0, 3 * page), Err(WinError::NOT_LOCKED), "not all of it");
    virtual_unlock(own.0, 1).unwrap();
    assert_eq!(virtual_unlock(own.0, 1), Err(WinError::NOT_LOCKED));
    assert_eq!(virtual_lock(own.0, 0), Err(WinError::INVALID_PARAMETER));
    virtual_lock(own.0, 1).unwrap();
    unsafe { virtual_free(own.0, 0, MEM_DECOMMIT) }.unwrap();
    own.commit(0, 1, PAGE_READWRITE).unwrap();
    assert_eq!(virtual_unlock(own.0, 1), Err(WinError::NOT_LOCKED), "decommitted pages are not locked");
}

#[test]
#[cfg(target_pointer_width = "64")]
fn sixty_four_gib_with_single_pages_committed_are_a_short_table() {
    let own = Own::reserve(64 << 30);
    for at in (0..64 << 30).step_by(1 << 30) {
        own.commit(at, 1, PAGE_READWRITE).unwrap();
        unsafe { own.byte(at).write(1) };
    }
    assert_eq!(own.run(page_size()), (MEM_RESERVE, 0, (1 << 30) - page_size()));
}

#[test]
fn a_heap_ends_with_its_blocks_and_its_handle_names_nothing_then() {
    let heap = heap_create(0, 0, 0).unwrap();
    let block = heap_alloc(heap, HEAP_ZERO_MEMORY, 100).unwrap();
    assert_eq!(heap_size(heap, 0, block.as_ptr()), Ok(100));
    assert_eq!(heap_validate(heap, 0, block.as_ptr()), Ok(true));
    assert_eq!(heap_validate(heap, 0, null()), Ok(true));
    let inside = block.as_ptr().wrapping_add(16);
    unsafe {
        assert_eq!(heap_free(heap, 0, inside), Err(WinError::INVALID_PARAMETER));
        assert_eq!(
            heap_free(get_process_heap(), 0, block.as_ptr()),
            Err(WinError::INVALID_PARAMETER),
            "another heap's"
        );
        assert_eq!(heap_realloc(heap, 0, inside, 5), Err(WinError::INVALID_PARAMETER));
        assert_eq!(heap_realloc(heap, 0, std::ptr::null_mut(), 5), Err(WinError::INVALID_PARAMETER));
        assert_eq!(heap_realloc(heap, 0, block.as_ptr(), usize::MAX), Err(WinError::NOT_ENOUGH_MEMORY));
        let grown = heap_realloc(heap, HEAP_ZERO_MEMORY, block.as_ptr(), 5000).unwrap();
        assert!((0..5000).all(|at| grown.add(at).read() == 0));
        let in_place = HEAP_REALLOC_IN_PLACE_ONLY;
        assert_eq!(heap_realloc(heap, in_place, grown.as_ptr(), 1 << 30), Err(WinError::NOT_ENOUGH_MEMORY));
        assert_eq!(heap_size(heap, 0, grown.as_ptr()), Ok(5000));
        assert_eq!(heap_realloc(heap, in_place, grown.as_ptr(), 1), Ok(grown));
        assert_eq!(heap_size(heap, 0, grown.as_ptr()), Ok(1));
        assert_eq!(heap_size(heap, 0, inside), Err(WinError::INVALID_PARAMETER));
        heap_free(heap, 0, grown.as_ptr()).unwrap();
        assert_eq!(heap_free(heap, 0, grown.as_ptr()), Err(WinError::INVALID_PARAMETER), "a second time");
        heap_free(heap, 0, std::ptr::null_mut()).unwrap();
        heap_destroy(heap).unwrap();
        assert_eq!(heap_destroy(heap), Err(WinError::INVALID_HANDLE));
        assert_eq!(heap_destroy(get_process_heap()), Err(WinError::INVALID_HANDLE));
    }
    for bad in [heap, HeapHandle::from_bits(0), HeapHandle::from_bits(usize::MAX), HeapHandle::from_bits(0x1000)] {
        assert_eq!(heap_alloc(bad, 0, 1), Err(WinError::INVALID_HANDLE));
        assert_eq!(heap_size(bad, 0, null()), Err(WinError::INVALID_HANDLE));
        assert_eq!(heap_validate(bad, 0, null()), Err(WinError::INVALID_HANDLE));
    }
    assert_eq!(get_allocated(), 0, "platform memory counts its own");
}

#[test]
fn a_heap_with_a_maximum_refuses_more_and_takes_it_after_a_free() {
    let heap = heap_create(HEAP_NO_SERIALIZE, 0x1000, 0x10000).unwrap();
    assert_eq!(heap_alloc(heap, 0, 0x10000), Err(WinError::NOT_ENOUGH_MEMORY));
    let first = heap_alloc(heap, 0, 0x8000).unwrap();
    assert_eq!(heap_alloc(heap, 0, 0x8000), Err(WinError::NOT_ENOUGH_MEMORY));
    unsafe {
        assert_eq!(heap_realloc(heap, 0, first.as_ptr(), 0x10000), Err(WinError::NOT_ENOUGH_MEMORY));
        let small = heap_realloc(heap, 0, first.as_ptr(), 0x100).unwrap();
        let second = heap_alloc(heap, 0, 0x8000).unwrap();
        assert_eq!(heap_realloc(heap, HEAP_REALLOC_IN_PLACE_ONLY, second.as_ptr(), 0x10), Ok(second));
        heap_free(heap, 0, small.as_ptr()).unwrap();
        heap_free(heap, 0, second.as_ptr()).unwrap();
        let mut blocks = Vec::new();
        while let Ok(block) = heap_alloc(heap, 0, 100) {
            blocks.push(block);
        }
        assert_eq!(blocks.len(), 0x10000 / 128, "112 and 16 for each");
        blocks.into_iter().for_each(|block| heap_free(heap, 0, block.as_ptr()).unwrap());
        assert!(heap_alloc(heap, 0, 0xF000).is_ok(), "all of it is back");
        heap_destroy(heap).unwrap();
    }
    let large = heap_create(0, 0, 16 << 20).unwrap();
    assert!(heap_alloc(large, 0, 0xF0000).is_ok() == cfg!(target_pointer_width = "64"));
    assert_eq!(heap_alloc(large, 0, 0x100000), Err(WinError::NOT_ENOUGH_MEMORY), "less than 1 MiB each");
    unsafe { heap_destroy(large).unwrap() };
    assert_eq!(heap_create(0, usize::MAX, 0), Err(WinError::NOT_ENOUGH_MEMORY));
    assert_eq!(heap_create(HEAP_CREATE_ENABLE_EXECUTE, 0, 0), Err(WinError::NOT_SUPPORTED));
    assert_eq!(heap_create(0x8000_0000, 0, 0), Err(WinError::INVALID_PARAMETER));
}

#[test]
fn a_heap_that_is_destroyed_while_others_ask_refuses_them_and_nothing_else_happens() {
    for _ in 0..50 {
        let heap = heap_create(0, 0, 0).unwrap();
        let start = Barrier::new(3);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    while let Ok(block) = heap_alloc(heap, 0, 40) {
                        let _ = heap_size(heap, 0, block.as_ptr());
                    }
                });
            }
            start.wait();
            thread::yield_now();
            unsafe { heap_destroy(heap).unwrap() };
        });
    }
}

#[test]
fn a_movable_handle_is_no_address_and_counts_its_locks() {
    let global = Family::Global;
    let handle = global_alloc(global, GMEM_MOVEABLE, 100).unwrap();
    assert_ne!(handle % 16, 0);
    let block = global_lock(handle).unwrap();
    assert_eq!((block.addr() % 16, global_handle(block)), (0, Ok(handle)));
    assert_eq!(global_lock(handle), Ok(block));
    assert_eq!(global_flags(global, handle), Ok(2));
    assert_eq!(global_unlock(global, handle), Ok(Unlocked::Locked));
    assert_eq!(global_unlock(global, handle), Ok(Unlocked::Free));
    assert_eq!(global_unlock(global, handle), Err(WinError::NOT_LOCKED));
    for _ in 0..300 {
        global_lock(handle).unwrap();
    }
    assert_eq!(global_flags(global, handle), Ok(255), "and no further");
    for _ in 0..254 {
        global_unlock(global, handle).unwrap();
    }
    unsafe {
        assert_eq!(heap_free(get_process_heap(), 0, block), Err(WinError::INVALID_PARAMETER), "the handle's");
        assert_eq!(global_free(block.addr()), Err(WinError::INVALID_HANDLE));
        block.write(5);
        assert_eq!(global_realloc(global, handle, 1 << 20, 0), Err(WinError::NOT_ENOUGH_MEMORY), "locked");
        assert_eq!(global_realloc(global, handle, 0, GMEM_MOVEABLE), Err(WinError::INVALID_PARAMETER), "locked");
        assert_eq!(global_size(handle), Ok(100));
        assert_eq!(global_realloc(global, handle, 1 << 20, GMEM_MOVEABLE | GMEM_ZEROINIT), Ok(handle));
        let moved = global_lock(handle).unwrap();
        assert_eq!((moved.read(), moved.add((1 << 20) - 1).read()), (5, 0));
        assert_eq!(global_realloc(global, handle, usize::MAX, GMEM_MOVEABLE), Err(WinError::NOT_ENOUGH_MEMORY));
        assert_eq!(global_size(handle), Ok(1 << 20));
        global_free(handle).unwrap();
        assert_eq!(global_free(handle), Err(WinError::INVALID_HANDLE));
    }
    assert_eq!(global_lock(handle), Err(WinError::INVALID_HANDLE));
    assert_eq!(global_handle(null()), Err(WinError::INVALID_PARAMETER));
    assert_eq!(global_handle((&raw const handle).cast()), Err(WinError::INVALID_HANDLE));
}

#[test]
fn discarded_memory_has_a_handle_and_no_bytes_until_it_is_reallocated() {
    for (family, discardable) in [(Family::Global, GMEM_DISCARDABLE), (Family::Local, LMEM_DISCARDABLE)] {
        let handle = global_alloc(family, GMEM_MOVEABLE | discardable, 10).unwrap();
        assert_eq!(global_flags(family, handle), Ok(discardable));
        unsafe {
            assert_eq!(global_discard(handle), Ok(handle));
            assert_eq!(global_discard(handle), Ok(handle));
            assert_eq!(global_flags(family, handle), Ok(discardable | GMEM_DISCARDED));
            assert_eq!((global_size(handle), global_lock(handle)), (Ok(0), Err(WinError::DISCARDED)));
            assert_eq!(global_realloc(family, handle, 0, 0), Err(WinError::INVALID_PARAMETER));
            assert_eq!(global_realloc(family, handle, 20, GMEM_MOVEABLE | GMEM_ZEROINIT), Ok(handle));
            assert_eq!(global_lock(handle).unwrap().add(19).read(), 0);
            global_free(handle).unwrap();
        }
    }
    let empty = global_alloc(Family::Global, GMEM_MOVEABLE, 0).unwrap();
    assert_eq!(global_flags(Family::Global, empty), Ok(GMEM_DISCARDED));
    assert_eq!(unsafe { global_free(empty) }, Ok(()));
}

#[test]
fn fixed_memory_is_its_own_handle_and_a_block_of_the_process_heap() {
    let handle = global_alloc(Family::Global, GMEM_ZEROINIT, 100).unwrap();
    let block = global_lock(handle).unwrap();
    assert_eq!((block.addr(), handle % 16, global_handle(block)), (handle, 0, Ok(handle)));
    assert_eq!(heap_size(get_process_heap(), 0, block), Ok(100));
    assert_eq!(global_unlock(Family::Global, handle), Ok(Unlocked::Locked));
    assert_eq!(global_unlock(Family::Local, handle), Err(WinError::NOT_LOCKED));
    assert_eq!(global_flags(Family::Global, handle), Ok(0));
    unsafe {
        assert_eq!(global_realloc(Family::Global, handle, 1 << 20, 0), Err(WinError::NOT_ENOUGH_MEMORY));
        assert_eq!(global_realloc(Family::Global, handle, 50, 0), Ok(handle));
        assert_eq!(
            global_realloc(Family::Global, handle, 0, GMEM_MODIFY | GMEM_MOVEABLE),
            Err(WinError::INVALID_PARAMETER)
        );
        assert_eq!(global_discard(handle), Err(WinError::INVALID_PARAMETER));
        let moved = global_realloc(Family::Global, handle, 1 << 20, GMEM_MOVEABLE).unwrap();
        assert_eq!(global_size(moved), Ok(1 << 20));
        global_free(moved).unwrap();
        assert_eq!(global_free(moved), Err(WinError::INVALID_HANDLE));
        assert_eq!(global_free(0), Err(WinError::INVALID_HANDLE));
        assert_eq!(global_free(16), Err(WinError::INVALID_HANDLE));
    }
    assert_eq!(global_alloc(Family::Local, 0, usize::MAX), Err(WinError::NOT_ENOUGH_MEMORY));
    assert_eq!(global_alloc(Family::Local, GMEM_MOVEABLE, usize::MAX), Err(WinError::NOT_ENOUGH_MEMORY));
}
