//! The books of a tracked allocator.

use super::*;

#[test]
fn leaks_are_grouped_by_place_and_tag_the_most_bytes_first() {
    let memory = Tracked::new(heap()).tag(Tag::SCENE);
    let mut places = std::vec::Vec::new();
    let mut blocks = std::vec::Vec::new();
    for n in 0..10 {
        places.push(line!() + 1);
        blocks.push(Box::new_in([n; 16], memory.here()));
    }
    let audio = Box::new_in([1u8; 1000], memory.here().tag(Tag::AUDIO));
    let nameless = Box::new_in(1u8, &memory);
    blocks.truncate(4);
    let leaks = memory.leaks();
    let figures: std::vec::Vec<_> =
        leaks.iter().map(|leak| (leak.bytes, leak.blocks, leak.tag, leak.place.is_some())).collect();
    assert_eq!(
        figures,
        [(1000, 1, Some(Tag::AUDIO), true), (256, 4, Some(Tag::SCENE), true), (1, 1, Some(Tag::SCENE), false)]
    );
    assert_eq!(leaks[1].place.unwrap().line(), places[0]);
    let text = leaks.to_string();
    assert!(text.contains("256 bytes in 4 blocks from crates/arenite/tests/layers/tracked.rs:"), "{text}");
    assert!(text.contains("for audio") && text.contains("Tracked::here()"), "{text}");
    drop((audio, nameless, blocks));
    assert_eq!(memory.leaks().to_string(), "nothing is live\n");
    assert_eq!((memory.bytes(), memory.high_water()), (0, 10 * 64 + 1001));
}

#[test]
fn every_kind_of_wrong_free_is_named_and_changes_nothing() {
    let memory = Tracked::new(heap());
    let block = take(&memory.here(), 100);
    let foreign = NonNull::<u64>::dangling().cast();
    let kind = |block, layout| unsafe { memory.try_deallocate(block, layout) }.unwrap_err().kind();
    assert_eq!(kind(foreign, bytes(100)), FreeErrorKind::Foreign);
    assert_eq!(kind(unsafe { block.add(10) }, bytes(100)), FreeErrorKind::Misaligned { offset: 10 });
    assert_eq!(kind(block, bytes(99)), FreeErrorKind::WrongSize { given: 99, asked: 100 });
    assert_eq!(memory.len(), 1);
    unsafe { memory.here().try_deallocate(block, bytes(100)).unwrap() };
    let freed_at = line!() - 1;
    assert_eq!(kind(block, bytes(100)), FreeErrorKind::DoubleFree);
    let freed = memory.freed(block.as_ptr()).unwrap();
    assert_eq!((freed.allocation.number, freed.place.unwrap().line()), (1, freed_at));
    let text = panic_of(|| unsafe { memory.deallocate(block, bytes(100)) });
    assert!(text.contains("free already"), "{text}");
    assert!(memory.is_empty());
    // After a panic it is usable as before.
    let block = take(&memory, 8);
    let text = panic_of(|| unsafe { memory.grow(block, bytes(9), bytes(20)) });
    assert!(text.contains("taken with 8 bytes, not 9"), "{text}");
    unsafe { memory.deallocate(block, bytes(8)) };
}

#[test]
fn a_block_keeps_its_number_and_place_as_it_grows() {
    let memory = Tracked::new(heap());
    let here = memory.here();
    let mut first = Vec::with_capacity_in(10, here);
    let second = Box::new_in(2u8, here);
    first.extend([1u8; 100]);
    let live = memory.live();
    assert_eq!(
        live.iter().map(|one| (one.number, one.layout.size())).collect::<std::vec::Vec<_>>(),
        [(1, 100), (2, 1)]
    );
    assert_eq!(live[0].place, live[1].place);
    assert_eq!(memory.find(&raw const first[99]).unwrap().number, 1);
    assert!(memory.find(std::ptr::null()).is_none());
    drop(second);
}

#[test]
fn the_place_that_a_block_moved_away_from_is_freed() {
    let arena = Arena::new();
    let memory = Tracked::new(&arena);
    let (block, _in_the_way) = (take(&memory, 16), take(&memory, 16));
    let moved = unsafe { memory.here().grow(block, bytes(16), bytes(100)) }.unwrap().cast::<u8>();
    assert_ne!(moved, block);
    let refused = unsafe { memory.try_deallocate(block, bytes(16)) }.unwrap_err();
    assert_eq!(refused.kind(), FreeErrorKind::DoubleFree);
    assert_eq!(memory.freed(block.as_ptr()).unwrap().place.unwrap().line(), line!() - 4);
}

#[test]
fn books_without_memory_refuse_before_anything_is_taken() {
    let below = Tracked::new(heap());
    let none = Failing::new(heap()).after(0);
    let memory = Tracked::with_metadata_in(&below, &none);
    assert_eq!(kind(memory.try_allocate(bytes(8))), ErrorKind::OutOfMemory);
    assert!(below.is_empty() && memory.is_empty());
}

#[test]
fn a_reset_clears_the_books_and_a_refused_one_does_not() {
    let arena = Arena::new();
    let memory = Tracked::new(&arena);
    take(&memory, 100);
    {
        let _scope = arena.scope();
        assert_eq!(unsafe { memory.reset(ResetMode::Keep) }, Err(ResetError::Claimed));
        assert_eq!(memory.len(), 1);
    }
    assert_eq!(unsafe { memory.reset(ResetMode::Keep) }, Ok(()));
    assert_eq!((memory.len(), memory.bytes(), arena.used()), (0, 0, 0));
}

#[derive(Clone, Debug)]
enum Op {
    Take(usize),
    Free(usize),
    Change(usize, usize),
    FreeWrong(usize, usize),
}

fn ops() -> impl Strategy<Value = std::vec::Vec<Op>> {
    let op = prop_oneof![
        4 => (1..500usize).prop_map(Op::Take),
        2 => (0..64usize).prop_map(Op::Free),
        2 => (0..64usize, 1..500usize).prop_map(|(at, size)| Op::Change(at, size)),
        1 => (0..64usize, 1..500usize).prop_map(|(at, size)| Op::FreeWrong(at, size)),
    ];
    prop::collection::vec(op, 1..200)
}

proptest! {
    #[test]
    fn the_books_say_what_a_map_says(ops in ops()) {
        let memory = Tracked::new(heap());
        let mut model: HashMap<usize, usize> = HashMap::new();
        let pick = |model: &HashMap<usize, usize>, at: usize| {
            let mut all: std::vec::Vec<_> = model.iter().map(|(a, s)| (*a, *s)).collect();
            all.sort_unstable();
            (!all.is_empty()).then(|| all[at % all.len()])
        };
        let pointer = |address: usize| NonNull::new(std::ptr::with_exposed_provenance_mut::<u8>(address)).unwrap();
        for op in ops {
            match op {
                Op::Take(size) => {
                    let address = take(&memory, size).as_ptr().expose_provenance();
                    prop_assert!(model.insert(address, size).is_none());
                }
                Op::Free(at) => if let Some((address, size)) = pick(&model, at) {
                    unsafe { memory.deallocate(pointer(address), bytes(size)) };
                    model.remove(&address);
                }
                Op::Change(at, new) => if let Some((address, old)) = pick(&model, at) {
                    let changed = unsafe {
                        if new < old { memory.shrink(pointer(address), bytes(old), bytes(new)) }
                        else { memory.grow(pointer(address), bytes(old), bytes(new)) }
                    };
                    model.remove(&address);
                    model.insert(changed.unwrap().cast::<u8>().as_ptr().expose_provenance(), new);
                }
                Op::FreeWrong(at, wrong) => if let Some((address, size)) = pick(&model, at) {
                    if wrong != size {
                        let refused = unsafe { memory.try_deallocate(pointer(address), bytes(wrong)) };
                        let kind = FreeErrorKind::WrongSize { given: wrong, asked: size };
                        prop_assert_eq!(refused.unwrap_err().kind(), kind);
                    }
                }
            }
            prop_assert_eq!((memory.len(), memory.bytes()), (model.len(), model.values().sum()));
        }
        let live: HashMap<_, _> = memory.live().iter().map(|one| (one.address, one.layout.size())).collect();
        prop_assert_eq!(&live, &model);
        for (address, size) in model {
            unsafe { memory.deallocate(pointer(address), bytes(size)) };
        }
        prop_assert!(memory.leaks().is_empty());
    }
}
