//! What a heap is after a fault that panics, and in a callback. Policies are the process's: one test.

#![cfg(feature = "debug")]
// The test commits the very faults that unsafe code promises not to.
#![allow(clippy::undocumented_unsafe_blocks)]

use allocator_api2::vec::Vec;
use arenite::{
    HeapOptions,
    debug::{self, FaultKind, Grade, Policy},
};
use std::{
    alloc::Layout,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

#[test]
fn a_fault_that_panics_leaves_the_heap_whole_and_its_callback_may_use_it() {
    debug::set_grade(Grade::Quarantine);
    debug::set_policies(Policy::Panic);
    let heap = Arc::new(HeapOptions::new().name("whole").build());
    let inner = heap.clone();
    debug::on_fault(move |fault| {
        let mut text = Vec::new_in(&*inner);
        text.extend_from_slice(fault.to_string().as_bytes());
        assert!(!text.is_empty() && inner.check() == 0);
    });
    let block = heap.alloc(Layout::new::<[u8; 30]>());
    unsafe { heap.free(block) };
    for size in [30, 3000, 300_000] {
        let layout = Layout::from_size_align(size, 8).unwrap();
        let block = heap.alloc(layout);
        unsafe { heap.free(block) };
        let told = catch_unwind(AssertUnwindSafe(|| unsafe { heap.free(block) })).unwrap_err();
        assert!(told.downcast_ref::<String>().unwrap().starts_with("double free of "));
    }
    assert_eq!((heap.stats().live, heap.counts().live), (0, 0));
    assert_eq!(debug::faults_of(FaultKind::DoubleFree), 3);

    // One that is found when the heap is dropped: its memory goes all the same.
    debug::to_stderr();
    let heap = Arc::into_inner(heap).unwrap();
    let lost = HeapOptions::new().name("lost").report_leaks(true).build();
    let _ = lost.alloc(Layout::new::<[u8; 30]>());
    let told = catch_unwind(AssertUnwindSafe(|| drop(lost))).unwrap_err();
    assert!(told.downcast_ref::<String>().unwrap().starts_with("leak in a heap \"lost\""));
    let node = arenite::report::Snapshot::take().to_string();
    assert!(!node.contains("lost"), "{node}");
    debug::set_policies(Policy::Report);
    drop(heap);
}
