//! The inline buffer: against a plain model, at its edges, and under collections.

#![allow(clippy::undocumented_unsafe_blocks)] // Blocks are the test's own, live, of the layout that stands beside them.

mod common;

use allocator_api2::{alloc::Allocator, vec::Vec as ApiVec};
use arenite::{Capabilities, DynAllocator, ErrorKind, FixedBuffer, ResetMode};
use common::panic_of;
use proptest::prelude::*;
use std::{alloc::Layout, ptr::NonNull};

/// A live block of the model, full of its number.
#[derive(Clone, Copy)]
struct Block {
    at: NonNull<u8>,
    layout: Layout,
    mark: u8,
}

impl Block {
    fn fill(&self) {
        unsafe { self.at.write_bytes(self.mark, self.layout.size()) };
    }

    fn check(&self, size: usize) {
        let bytes = unsafe { std::slice::from_raw_parts(self.at.as_ptr(), size) };
        assert!(bytes.iter().all(|&byte| byte == self.mark), "a block was overwritten");
    }
}

#[derive(Clone, Debug)]
enum Op {
    Take(usize, u32),
    Free(usize),
    Resize(usize, usize),
    Reset,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => (1usize..90, 0u32..7).prop_map(|(size, shift)| Op::Take(size, shift)),
        3 => (0usize..40).prop_map(Op::Free),
        3 => (0usize..40, 1usize..120).prop_map(|(which, size)| Op::Resize(which, size)),
        1 => Just(Op::Reset),
    ];
    prop::collection::vec(op, 1..80)
}

proptest! {
    #[test]
    fn blocks_are_disjoint_aligned_and_kept_whatever_is_done(ops in ops()) {
        let mut buffer = FixedBuffer::<500>::new();
        let mut live: Vec<Block> = Vec::new();
        for (i, op) in ops.into_iter().enumerate() {
            // What the model expects of the cursor, as an address.
            let start = std::ptr::from_ref(&buffer).addr();
            let memory = &buffer;
            match op {
                Op::Take(size, shift) => {
                    let layout = Layout::from_size_align(size, 1 << shift).unwrap();
                    let at = (start + memory.used()).next_multiple_of(layout.align());
                    let fits = at + size <= start + 500;
                    match memory.allocate(layout) {
                        Ok(block) => {
                            prop_assert!(fits);
                            prop_assert_eq!(block.cast::<u8>().addr().get(), at);
                            let block = Block { at: block.cast(), layout, mark: i as u8 };
                            block.fill();
                            live.push(block);
                        }
                        Err(_) => prop_assert!(!fits, "a block that fits was refused"),
                    }
                }
                Op::Free(which) if !live.is_empty() => {
                    let block = live.remove(which % live.len());
                    let was_last = block.at.addr().get() + block.layout.size() == start + memory.used();
                    let before = memory.used();
                    unsafe { memory.deallocate(block.at, block.layout) };
                    let after = if was_last { block.at.addr().get() - start } else { before };
                    prop_assert_eq!(memory.used(), after);
                }
                Op::Resize(which, size) if !live.is_empty() => {
                    let which = which % live.len();
                    let block = live[which];
                    let new = Layout::from_size_align(size, block.layout.align()).unwrap();
                    let done = unsafe {
                        if size >= block.layout.size() {
                            memory.grow(block.at, block.layout, new)
                        } else {
                            memory.shrink(block.at, block.layout, new)
                        }
                    };
                    assert!(buffer.used() <= buffer.capacity(), "before it is written to");
                    if let Ok(at) = done {
                        let kept = Block { at: at.cast(), layout: new, mark: block.mark };
                        kept.check(size.min(block.layout.size()));
                        kept.fill();
                        live[which] = kept;
                    }
                }
                Op::Reset => {
                    live.clear();
                    buffer.reset();
                    prop_assert_eq!(buffer.used(), 0);
                }
                _ => {}
            }
            live.iter().for_each(|block| block.check(block.layout.size()));
        }
    }
}

#[test]
fn eight_bytes_are_enough_and_nine_are_refused() {
    let buffer = FixedBuffer::<8>::new();
    assert!(buffer.try_alloc([0u8; 9]).is_err());
    assert_eq!(*buffer.alloc(7u64), 7);
    let refused = buffer.try_alloc(1u8).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ReservationFull { reserved: 8 });
    let text = panic_of(|| *buffer.alloc(1u8));
    assert!(text.contains("refused 1 bytes") && text.contains("8 bytes is full"), "{text}");
    assert_eq!(buffer.used(), 8);
    assert_eq!(*buffer.alloc(()), (), "nothing fits in a full buffer");
}

#[test]
fn a_buffer_of_no_bytes_hands_out_nothing_but_nothing() {
    let buffer = FixedBuffer::<0>::new();
    assert!(buffer.try_alloc(1u8).is_err());
    assert!(buffer.alloc_str("").is_empty());
    assert!(!(&&buffer).owns(std::ptr::from_ref(&buffer).cast()));
}

#[test]
fn sizes_and_alignments_that_cannot_be_are_refused_and_change_nothing() {
    let buffer = FixedBuffer::<64>::new();
    buffer.alloc(1u8);
    let too_aligned = Layout::from_size_align(1, 4 << 20).unwrap();
    assert_eq!(buffer.try_alloc_layout(too_aligned).unwrap_err().kind(), ErrorKind::BadAlignment);
    let too_large = Layout::from_size_align(isize::MAX as usize, 1).unwrap();
    assert!(buffer.try_alloc_layout(too_large).is_err());
    let overflow = buffer.try_alloc_slice_fill_with(usize::MAX / 4, |_| 0u64).unwrap_err();
    assert_eq!(overflow.kind(), ErrorKind::CapacityOverflow);
    assert_eq!(buffer.used(), 1);
}

#[test]
fn values_texts_and_slices_lie_apart() {
    let mut buffer = FixedBuffer::<128>::new();
    for _ in 0..3 {
        let a = buffer.alloc(0x1111_u16);
        let b = buffer.alloc_str("sand");
        let c = buffer.alloc_slice_fill_with(3, |i| i as u64);
        let d = buffer.alloc_slice_copy(&[9u8; 5]);
        b.make_ascii_uppercase();
        assert_eq!((*a, &*b, &*c, &*d), (0x1111, "SAND", &[0, 1, 2][..], &[9; 5][..]));
        buffer.reset();
    }
}

#[test]
fn a_panic_in_a_made_value_leaves_the_buffer_usable() {
    let buffer = FixedBuffer::<64>::new();
    panic_of(|| buffer.alloc_slice_fill_with(4, |i| if i == 2 { panic!("no") } else { i as u8 }).len());
    assert_eq!(buffer.alloc_slice_fill_with(4, |i| i as u8), [0, 1, 2, 3]);
}

#[test]
fn the_last_vector_grows_where_it_is_and_gives_its_room_back() {
    let buffer = FixedBuffer::<256>::new();
    {
        let mut last: ApiVec<u32, _> = ApiVec::new_in(&buffer);
        last.push(1);
        let first = last.as_ptr();
        last.extend(2..=32);
        assert_eq!(last.as_ptr(), first);
        last.truncate(8);
        last.shrink_to_fit();
        assert_eq!(buffer.used(), 32);
    }
    assert_eq!(buffer.used(), 0);
}

#[test]
fn it_promises_what_it_keeps() {
    let buffer = FixedBuffer::<32>::new();
    let memory: &dyn DynAllocator = &&buffer;
    assert!(memory.capabilities().contains(Capabilities::BOUNDED | Capabilities::OWNS | Capabilities::RESET));
    let block = memory.try_allocate(Layout::new::<u64>()).unwrap().cast::<u8>();
    let address = block.as_ptr();
    assert!(memory.owns(address) && memory.owns(address.wrapping_add(31)));
    assert!(!memory.owns(address.wrapping_add(32)) && !memory.owns(address.wrapping_sub(1)));
    assert_eq!((memory.stats().used, memory.stats().held), (Some(8), Some(32)));
    unsafe { memory.reset(ResetMode::Keep) }.unwrap();
    assert_eq!(memory.stats().used, Some(0));
}

#[test]
fn a_buffer_can_be_static_or_a_field_and_go_to_another_thread() {
    struct Parser {
        words: FixedBuffer<64>,
    }
    static WORDS: std::sync::Mutex<FixedBuffer<64>> = std::sync::Mutex::new(FixedBuffer::new());
    assert_eq!(WORDS.lock().unwrap().alloc_str("sand"), "sand");
    let parser = Parser { words: FixedBuffer::new() };
    parser.words.alloc(1u8);
    std::thread::spawn(move || {
        parser.words.alloc(2u8);
        assert_eq!(parser.words.used(), 2);
    })
    .join()
    .unwrap();
}
