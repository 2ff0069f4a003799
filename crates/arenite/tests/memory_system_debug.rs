//! A memory system under debug grades. Areas go by their names, so tests take turns.
#![cfg(feature = "debug")]
#![allow(clippy::undocumented_unsafe_blocks, reason = "each block is the test's own; some are misused on purpose")]

use arenite::{
    MemorySystem, Tag,
    debug::{self, Fault, FaultKind, Grade},
    system::SystemLayout,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

struct Turn {
    _turn: MutexGuard<'static, ()>,
    told: Arc<Mutex<Vec<Fault>>>,
}

impl Turn {
    fn take() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        system().set_grade(None);
        let told = Arc::new(Mutex::new(Vec::new()));
        let list = told.clone();
        debug::on_fault(move |fault| list.lock().unwrap().push(*fault));
        Self { _turn: turn, told }
    }

    fn told(&self) -> Vec<Fault> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

fn system() -> MemorySystem<'static> {
    MemorySystem::with_layout(SystemLayout::new()).unwrap()
}

#[test]
fn tracked_allocations_of_every_area_are_listed_with_tags_and_places_until_tracking_ends() {
    let turn = Turn::take();
    let memory = system();
    memory.permanent().alloc(1u64);
    assert!(memory.dump_allocations().is_empty(), "from before the switch");
    memory.enable_tracking(true);
    let tagged = line!() + 1;
    memory.permanent().push_array_tagged(Tag::SCENE, 50, 1u16).unwrap();
    let frame = memory.begin_frame().unwrap();
    let plain = line!() + 1;
    frame.alloc([0u8; 40]);
    let pooled = line!() + 1;
    let block = memory.small_pool().unwrap().alloc();
    let list = memory.dump_allocations();
    let mut found: Vec<_> =
        list.iter().map(|one| (&*one.owner.name, one.block.size, one.block.tag, one.block.allocated.line())).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("frame", 40, None, Some(plain)),
            ("permanent", 100, Some(Tag::SCENE), Some(tagged)),
            ("pool of 64", 64, None, Some(pooled)),
        ]
    );
    assert!(list.iter().all(|one| one.block.allocated.file() == Some(file!())));
    let leaks = memory.check_leaks();
    assert_eq!((leaks.len(), leaks[0].site.line()), (1, Some(pooled)), "arena contents are no leaks: {leaks}");
    unsafe { memory.small_pool().unwrap().free(block) };
    assert!(memory.check_leaks().is_empty());
    memory.enable_tracking(false);
    memory.permanent().alloc(2u64);
    assert!(!memory.dump_allocations().iter().any(|one| &*one.owner.name == "permanent"));
    assert_eq!(turn.told(), []);
}

#[test]
fn the_integrity_check_finds_an_overrun_in_a_frame_and_tells_it_once() {
    let turn = Turn::take();
    let memory = system();
    memory.set_grade(Grade::Guard);
    let frame = memory.begin_frame().unwrap();
    let in_frame = line!() + 1;
    let name = frame.alloc_slice_fill(5, b'x');
    memory.begin_gui().unwrap().alloc(1u8);
    assert_eq!(memory.check_integrity(), 0);
    unsafe { name.as_mut_ptr().add(5).write(0) };
    let checked = line!() + 1;
    assert_eq!(memory.check_integrity(), 1);
    let told = turn.told();
    assert_eq!((told.len(), told[0].kind), (1, FaultKind::Overrun));
    assert_eq!((told[0].allocated.line(), told[0].second.line()), (Some(in_frame), Some(checked)));
    assert_eq!(memory.check_integrity(), 0, "told once");
    drop(frame);
    memory.set_grade(None);
    assert_eq!(turn.told(), []);
}

#[test]
fn what_is_written_after_its_frame_is_found_by_the_next_check() {
    let turn = Turn::take();
    let memory = system();
    memory.set_grade(Grade::Quarantine);
    let frame = memory.begin_frame().unwrap();
    let kept: *mut u64 = frame.alloc(1u64);
    drop(frame);
    let frame = memory.begin_frame().unwrap();
    unsafe { kept.write(2) };
    assert_eq!(memory.check_integrity(), 1);
    assert_eq!(turn.told()[0].kind, FaultKind::UseAfterReset);
    drop(frame);
    memory.set_grade(None);
}

#[test]
fn a_tag_is_tracked_wherever_its_nodes_pay() {
    let _turn = Turn::take();
    let memory = system();
    let heap = arenite::HeapOptions::new().name("voices").tag(Tag::AUDIO).build();
    memory.enable_tracking_of(Tag::AUDIO, true);
    let block = heap.alloc(std::alloc::Layout::new::<u64>());
    assert!(debug::leaks().iter().any(|leak| &*leak.name == "voices"));
    unsafe { heap.free(block) };
    memory.enable_tracking_of(Tag::AUDIO, false);
}
