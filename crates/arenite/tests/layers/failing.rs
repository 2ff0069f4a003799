//! Refusals on purpose.

use super::*;

#[test]
fn the_nth_request_is_refused_and_says_its_number() {
    let memory = Failing::new(heap()).nth(3);
    let [a, b] = [take(&memory, 8), take(&memory, 8)];
    assert_eq!(kind(memory.try_allocate(bytes(8))), ErrorKind::Injected { request: 3 });
    let c = take(&memory, 8);
    assert_eq!((memory.requests(), memory.refused()), (4, 1));
    for block in [a, b, c] {
        unsafe { memory.deallocate(block, bytes(8)) };
    }
}

#[test]
fn growing_is_a_request_and_shrinking_is_none() {
    let arena = Arena::new();
    let memory = Failing::new(&arena).after(1);
    let block = take(&memory, 64);
    unsafe {
        assert!(memory.grow(block, bytes(64), bytes(65)).is_err());
        assert!(memory.grow_zeroed(block, bytes(64), bytes(65)).is_err());
        assert!(!memory.resize(block, bytes(64), 65));
        assert!(memory.resize(block, bytes(64), 32));
        assert!(memory.shrink(block, bytes(32), bytes(16)).is_ok());
    }
    assert_eq!((memory.requests(), memory.refused()), (4, 3));
}

#[test]
fn random_refusals_depend_on_the_seed_alone_and_come_as_often_as_said() {
    let refusals = |seed| {
        let arena = Arena::new();
        let memory = Failing::new(&arena).random(seed, 4);
        let refused: std::vec::Vec<bool> = (0..4000).map(|_| memory.try_allocate(bytes(8)).is_err()).collect();
        assert!((800..1200).contains(&memory.refused()), "{} of 4000", memory.refused());
        refused
    };
    assert_eq!(refusals(1), refusals(1));
    assert_ne!(refusals(1), refusals(2));
    assert!(Failing::new(heap()).random(1, 0).try_allocate(bytes(8)).is_err(), "one in none is every one");
}

#[test]
fn layouts_and_tags_choose_what_is_refused() {
    let large = Failing::new(&Arena::new()).when(|layout| layout.size() > 100).try_allocate(bytes(101)).is_err();
    assert!(large);
    let tag = Tag::new(20).unwrap();
    let arena = Arena::new();
    let both = [Failing::new(&arena).tagged(tag), Failing::new(&arena).tagged(tag)];
    let other = Failing::new(&arena).tagged(Tag::new(21).unwrap());
    fail_tag(tag, true);
    assert!(both.iter().all(|memory| memory.try_allocate(bytes(8)).is_err()));
    assert!(other.try_allocate(bytes(8)).is_ok());
    fail_tag(tag, false);
    assert!(both.iter().all(|memory| memory.try_allocate(bytes(8)).is_ok()));
}
