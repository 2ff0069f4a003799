//! Owners, and a mutex.

use super::*;

#[test]
fn an_arena_moves_with_its_blocks_and_dies_with_its_owner() {
    let ledger = Ledger::new();
    let arena = ArenaOptions::new().source(ledger.clone()).build();
    let memory = std::boxed::Box::new(Owned::new(arena));
    let block = take(&*memory, 100);
    unsafe { block.write_bytes(3, 100) };
    let moved = *memory;
    assert_eq!(unsafe { block.add(99).read() }, 3);
    assert!(moved.owns(block.as_ptr()) && moved.get().used() >= 100);
    drop(moved);
    assert_eq!(ledger.live(), 0);
}

#[test]
fn a_collection_made_on_one_thread_dies_on_another() {
    let memory = Shared::new(Owned::new(Arena::new()));
    let list = Vec::from_iter_in(0..1000u32, &memory);
    std::thread::scope(|threads| {
        threads.spawn(move || assert_eq!(list.iter().sum::<u32>(), 499_500));
    });
    assert!(memory.stats().used.is_some());
}

trait FromIterIn<T, A: Allocator> {
    fn from_iter_in(items: impl IntoIterator<Item = T>, memory: A) -> Vec<T, A>;
}

impl<T, A: Allocator> FromIterIn<T, A> for Vec<T, A> {
    fn from_iter_in(items: impl IntoIterator<Item = T>, memory: A) -> Vec<T, A> {
        let mut list = Vec::new_in(memory);
        list.extend(items);
        list
    }
}

#[test]
fn a_panic_below_leaves_the_lock_usable() {
    let memory = Shared::new(Tracked::new(Owned::new(Arena::new())));
    let block = take(&memory, 8);
    unsafe {
        memory.deallocate(block, bytes(8));
        assert!(panic_of(|| memory.deallocate(block, bytes(8))).contains("does not take"));
    }
    take(&memory, 8);
    assert_eq!(memory.stats().live, Some(1));
}

#[test]
fn the_reason_of_a_refusal_comes_through_every_layer() {
    let node = Node::new("level").hard_budget(8192).build();
    let arena = ArenaOptions::new().node(&node).build();
    let memory = Shared::new(Tracked::new(Failing::new(Limited::new(Owned::new(arena), 1 << 20))));
    let refused = memory.try_allocate(bytes(100_000)).unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::BudgetExceeded { budget: 8192, .. }), "{refused}");
    assert_eq!(refused.node(), node.id());
    assert!(memory.stats().live == Some(0));
}
