//! The ring: against a model, misused, without memory, and in figures.

mod common;

use arenite::{Budget, ErrorKind, Node, RangeOptions, Ring, RingError, RingSlice};
use common::{Ledger, panic_of};
use proptest::prelude::*;
use std::{alloc::Layout, collections::VecDeque, mem::MaybeUninit};

fn memory(bytes: usize) -> Vec<MaybeUninit<u8>> {
    vec![MaybeUninit::uninit(); bytes]
}

/// A frame as the model has it.
#[derive(Default)]
struct Frame {
    number: u64,
    closed: bool,
    fence: Option<u64>,
    bytes: Vec<(RingSlice<u8>, Vec<u8>)>,
    words: Vec<(RingSlice<u64>, Vec<u64>)>,
}

impl Frame {
    fn size(&self) -> usize {
        self.bytes.iter().map(|(_, values)| values.len()).sum::<usize>()
            + self.words.iter().map(|(_, values)| values.len() * 8).sum::<usize>()
    }

    fn check(&self, ring: &Ring<'_>, alive: bool) {
        for (slice, values) in &self.bytes {
            assert_eq!(ring.get(*slice), alive.then_some(&values[..]), "bytes of frame {}", self.number);
        }
        for (slice, values) in &self.words {
            assert_eq!(ring.get(*slice), alive.then_some(&values[..]), "words of frame {}", self.number);
        }
    }
}

#[derive(Default)]
struct Model {
    limit: u64,
    begun: u64,
    completed: Option<u64>,
    last_fence: u64,
    live: VecDeque<Frame>,
    dead: Vec<Frame>,
}

impl Model {
    fn open(&mut self) -> Option<&mut Frame> {
        self.live.back_mut().filter(|frame| !frame.closed)
    }

    fn retire_due(&mut self, begun: u64) {
        while let Some(frame) = self.live.front().filter(|frame| frame.closed) {
            let due = match frame.fence {
                Some(fence) => self.completed >= Some(fence),
                None => frame.number + self.limit <= begun,
            };
            if !due {
                return;
            }
            self.dead.extend(self.live.pop_front());
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Begin,
    End,
    EndWithFence(u64),
    Retire(u64),
    Bytes(usize, u8),
    Words(usize, u8),
    Aligned(usize, u32),
    Write,
    Reset,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Begin),
        3 => Just(Step::End),
        3 => (0u64..3).prop_map(Step::EndWithFence),
        4 => (0u64..4).prop_map(Step::Retire),
        8 => (0usize..700, any::<u8>()).prop_map(|(len, fill)| Step::Bytes(len, fill)),
        6 => (0usize..90, any::<u8>()).prop_map(|(len, fill)| Step::Words(len, fill)),
        2 => (0usize..300, 0u32..9).prop_map(|(size, shift)| Step::Aligned(size, shift)),
        2 => Just(Step::Write),
        1 => Just(Step::Reset),
    ];
    proptest::collection::vec(step, 1..200)
}

/// A refused push: the error tells the truth about who is in the way.
fn check_refusal(ring: &mut Ring<'_>, model: &mut Model, error: RingError, size: usize, align: usize) {
    match error {
        RingError::NoFrame { .. } => assert!(model.open().is_none()),
        RingError::Refused(error) => {
            assert!(matches!(error.kind(), ErrorKind::ReservationFull { .. }), "{error}");
            assert!(size + align > ring.stats().capacity, "only what can never fit is refused so: {error}");
        }
        RingError::FrameFull { frame, missing, .. } => {
            assert_eq!(frame, model.begun);
            assert!(missing > 0 && missing < size + align + ring.stats().capacity);
        }
        RingError::Blocked { frame, fence, missing, .. } => {
            assert!(missing > 0);
            let holder = model.live.iter().find(|live| live.number == frame).expect("the frame is in flight");
            assert!(holder.closed && holder.fence == fence && frame < model.begun);
            // Frames by count in front would keep the fence from being enough.
            let (Some(fence), true) =
                (fence, model.live.iter().take_while(|f| f.number < frame).all(|f| f.fence.is_some()))
            else {
                return;
            };
            assert!(model.completed < Some(fence), "a frame whose fence has passed is retired");
            if let Some(before) = fence.checked_sub(1).filter(|&before| Some(before) >= model.completed) {
                ring.retire(before).unwrap();
                model.completed = Some(before);
                model.retire_due(model.begun);
                let layout = Layout::from_size_align(size, align).unwrap();
                assert!(ring.push_layout(layout).is_err(), "an earlier fence is not enough");
            }
            ring.retire(fence).unwrap();
            model.completed = Some(fence);
            model.retire_due(model.begun);
            ring.push_layout(Layout::from_size_align(size, align).unwrap()).expect("served once that fence has passed");
        }
        error => panic!("{error}"),
    }
}

fn run(mut ring: Ring<'_>, frames: u64, steps: Vec<Step>) {
    let mut model = Model { limit: frames, ..Model::default() };
    let mut high_water = 0;
    for step in steps {
        let before = ring.stats();
        let mut refused = None;
        match step {
            Step::Begin => match ring.begin_frame() {
                Ok(number) => {
                    assert!(model.open().is_none());
                    model.begun += 1;
                    assert_eq!(number, model.begun);
                    model.retire_due(number);
                    model.live.push_back(Frame { number, ..Frame::default() });
                    assert!(model.live.len() as u64 <= frames);
                }
                Err(RingError::FrameOpen { frame, .. }) => {
                    assert_eq!(model.open().map(|open| open.number), Some(frame));
                    assert_eq!(ring.stats(), before);
                }
                Err(RingError::InFlight { frame, fence, .. }) => {
                    assert_eq!(model.live.len() as u64, frames);
                    let oldest = &model.live[0];
                    assert_eq!((oldest.number, oldest.fence), (frame, Some(fence)));
                    assert!(model.completed < Some(fence));
                    assert_eq!(ring.stats(), before);
                }
                Err(error) => panic!("{error}"),
            },
            Step::End => match (ring.end_frame(), model.open()) {
                (Ok(()), Some(open)) => open.closed = true,
                (Err(RingError::NoFrame { .. }), None) => {}
                (result, _) => panic!("{result:?}"),
            },
            Step::EndWithFence(more) => {
                let fence = model.last_fence + more;
                match (ring.end_frame_with_fence(fence), model.open()) {
                    (Ok(()), Some(open)) => {
                        (open.closed, open.fence) = (true, Some(fence));
                        model.last_fence = fence;
                    }
                    (Err(RingError::NoFrame { .. }), None) => {}
                    (result, _) => panic!("{result:?}"),
                }
            }
            Step::Retire(more) => {
                let completed = model.completed.unwrap_or(0) + more.min(2);
                let live = model.live.len();
                model.completed = Some(completed);
                model.retire_due(model.begun);
                assert_eq!(ring.retire(completed).unwrap(), (live - model.live.len()) as u64);
                if let Some(lower) = completed.checked_sub(1) {
                    assert!(matches!(ring.retire(lower), Err(RingError::FenceFell { .. })));
                }
            }
            Step::Bytes(len, fill) => match ring.push_slice(&vec![fill; len]) {
                Ok(slice) => model.open().unwrap().bytes.push((slice, vec![fill; len])),
                Err(error) => refused = Some((error, len, 1)),
            },
            Step::Words(len, fill) => match ring.push_with(len, |i| i as u64 * 3 + u64::from(fill)) {
                Ok(slice) => {
                    let values = (0..len as u64).map(|i| i * 3 + u64::from(fill)).collect();
                    model.open().unwrap().words.push((slice, values));
                }
                Err(error) => refused = Some((error, len * 8, 8)),
            },
            Step::Aligned(size, shift) => match ring.push_layout(Layout::from_size_align(size, 1 << shift).unwrap()) {
                Ok(at) => {
                    assert_eq!(at.addr().get() % (1 << shift), 0);
                    assert!(size == 0 || (ring.owns(at.as_ptr()) && ring.owns(at.as_ptr().wrapping_add(size - 1))));
                    // SAFETY: fresh memory of that size.
                    unsafe { at.write_bytes(0xEE, size) };
                }
                Err(error) => refused = Some((error, size, 1 << shift)),
            },
            Step::Write => {
                for frame in &mut model.live {
                    for (slice, values) in &mut frame.words {
                        values.reverse();
                        ring.get_mut(*slice).unwrap().reverse();
                    }
                }
            }
            Step::Reset => {
                let promised = model.live.iter().any(|frame| !frame.closed || frame.fence > model.completed);
                assert_eq!(ring.reset().is_err(), promised);
                if promised {
                    assert_eq!(ring.stats(), before);
                } else {
                    model.dead.extend(model.live.drain(..));
                    assert_eq!((ring.stats().used, ring.stats().frames_in_flight), (0, 0));
                }
            }
        }
        if let Some((error, size, align)) = refused {
            assert_eq!(ring.stats(), before, "a refused push changes nothing");
            check_refusal(&mut ring, &mut model, error, size, align);
        }
        let stats = ring.stats();
        high_water = high_water.max(stats.used);
        assert!(stats.high_water >= high_water && stats.used <= stats.capacity);
        assert!(stats.used >= stats.wrap_padding + model.live.iter().map(Frame::size).sum::<usize>());
        assert_eq!((stats.frames, stats.frames_in_flight), (model.begun, model.live.len() as u64));
        assert_eq!(stats.oldest_frame, model.live.front().map(|frame| frame.number));
        assert_eq!(stats.oldest_fence, model.live.front().and_then(|frame| frame.fence));
        assert_eq!(stats.completed, model.completed);
        model.live.iter().for_each(|frame| frame.check(&ring, true));
        model.dead.iter().rev().take(4).for_each(|frame| {
            frame.check(&ring, frame.size() == 0 && frame.words.is_empty() && frame.bytes.is_empty())
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn a_ring_in_a_buffer_keeps_what_is_promised_and_nothing_else(
        steps in steps(), frames in 1u32..5, skip in 0usize..16, size in 280usize..4000,
    ) {
        let mut memory = memory(size + skip);
        let ring = Ring::try_new(RangeOptions::buffer(&mut memory[skip..]), frames).unwrap();
        run(ring, frames.into(), steps);
    }
}

fn words(ring: &mut Ring<'_>, n: usize) -> Result<RingSlice<u64>, RingError> {
    ring.push_with(n, |i| i as u64)
}

/// What a ring keeps of each frame, in front of its bytes.
const FRAME: usize = 8 + 4 * size_of::<usize>();

/// A ring of exactly 1,024 bytes, which start at a multiple of 8.
fn kilobyte(memory: &mut [MaybeUninit<u8>], frames: u32) -> Ring<'_> {
    let skip = memory.as_ptr().align_offset(8);
    let front = frames as usize * FRAME + 8;
    let ring = Ring::try_new(RangeOptions::buffer(&mut memory[skip..skip + front + 1024]), frames).unwrap();
    assert_eq!(ring.stats().capacity, 1024);
    ring
}

#[test]
fn by_count_a_frame_is_retired_when_the_one_n_later_begins() {
    for frames in 1..6 {
        let mut ring = Ring::try_new(RangeOptions::reserve(1 << 16), frames).unwrap();
        let mut pushed = Vec::new();
        for number in 1..20u64 {
            assert_eq!(ring.begin_frame().unwrap(), number);
            pushed.push(ring.push(number).unwrap());
            ring.end_frame().unwrap();
            for (slice, frame) in pushed.iter().zip(1u64..) {
                let alive = frame + u64::from(frames) > number;
                assert_eq!(ring.get(*slice), alive.then_some(&[frame][..]));
            }
        }
    }
}

#[test]
fn a_fence_holds_its_frame_and_all_behind_it_for_any_number_of_frames() {
    let mut ring = Ring::try_new(RangeOptions::reserve(1 << 16), 3).unwrap();
    ring.begin_frame().unwrap();
    let fenced = ring.push(1u8).unwrap();
    ring.end_frame_with_fence(40).unwrap();
    ring.begin_frame().unwrap();
    let counted = ring.push(2u8).unwrap();
    ring.end_frame().unwrap();
    ring.begin_frame().unwrap();
    ring.end_frame().unwrap();
    for _ in 0..3 {
        let error = ring.begin_frame().unwrap_err();
        assert!(
            matches!(error, RingError::InFlight { frame: 1, fence: 40, completed, frames: 3, .. } if completed.is_none() || completed == Some(39))
        );
        assert_eq!(ring.retire(39).unwrap(), 0);
    }
    assert_eq!(ring.retire(40).unwrap(), 1);
    assert_eq!((ring.get(fenced), ring.get(counted)), (None, Some(&[2][..])));
    ring.begin_frame().unwrap();
    assert_eq!(ring.get(counted), Some(&[2][..]), "frame 2 is kept until frame 5 begins");
    ring.end_frame().unwrap();
    ring.begin_frame().unwrap();
    assert_eq!(ring.get(counted), None);
}

#[test]
fn a_push_is_contiguous_and_the_rest_of_the_end_is_padding() {
    let mut memory = memory(2048);
    let mut ring = kilobyte(&mut memory, 2);
    ring.begin_frame().unwrap();
    words(&mut ring, 60).unwrap();
    ring.end_frame_with_fence(1).unwrap();
    ring.begin_frame().unwrap();
    let second = words(&mut ring, 50).unwrap();
    ring.end_frame_with_fence(2).unwrap();
    ring.retire(1).unwrap();
    ring.begin_frame().unwrap();
    let third = words(&mut ring, 20).unwrap();
    let stats = ring.stats();
    assert_eq!((stats.wrap_padding, stats.wraps, stats.used), (18 * 8, 1, (50 + 18 + 20) * 8));
    let (low, high) = (ring.get(third).unwrap(), ring.get(second).unwrap());
    assert!(low.as_ptr() < high.as_ptr());
    words(&mut ring, 40).unwrap();
    let error = words(&mut ring, 1).unwrap_err();
    assert!(
        matches!(error, RingError::Blocked { missing: 8, frame: 2, fence: Some(2), completed: Some(1), .. }),
        "{error}"
    );
    ring.retire(2).unwrap();
    words(&mut ring, 1).unwrap();
    assert_eq!(ring.stats().wrap_padding, 18 * 8, "until the frame that wrapped is retired");
    ring.end_frame_with_fence(3).unwrap();
    ring.retire(3).unwrap();
    assert_eq!((ring.stats().wrap_padding, ring.stats().used), (0, 0));
    ring.begin_frame().unwrap();
    words(&mut ring, 128).expect("an empty ring serves its whole size in one piece");
}

#[test]
fn a_full_ring_is_full_and_an_empty_one_empty_wherever_its_cursor_is() {
    let mut memory = memory(2048);
    let mut ring = kilobyte(&mut memory, 3);
    for round in 0..10u64 {
        ring.begin_frame().unwrap();
        let a = words(&mut ring, 100).unwrap();
        ring.end_frame_with_fence(round * 2 + 1).unwrap();
        ring.begin_frame().unwrap();
        words(&mut ring, 28).unwrap();
        assert_eq!(ring.stats().used, 1024);
        assert!(matches!(words(&mut ring, 1), Err(RingError::Blocked { missing: 8, .. })));
        assert_eq!(ring.get(a).unwrap().len(), 100);
        ring.end_frame_with_fence(round * 2 + 2).unwrap();
        ring.retire(round * 2 + 1).unwrap();
        ring.begin_frame().unwrap();
        words(&mut ring, 100).unwrap();
        assert_eq!((ring.stats().used, ring.stats().wrap_padding), (1024, 0));
        assert!(matches!(words(&mut ring, 1), Err(RingError::Blocked { .. })));
        ring.end_frame_with_fence(round * 2 + 2).unwrap();
        assert_eq!(ring.retire(round * 2 + 2).unwrap(), 2, "two frames may wait for one fence");
        assert_eq!((ring.stats().used, ring.stats().frames_in_flight), (0, 0));
    }
}

#[test]
fn refusals_name_the_ring_the_frame_its_fence_and_what_to_do() {
    let node = Node::new("uploads").tag(arenite::Tag::RENDERER).build();
    let mut memory = memory(4096);
    let mut ring = Ring::try_new(RangeOptions::buffer(&mut memory).node(&node), 2).unwrap();
    let text = ring.push(1u8).unwrap_err().to_string();
    assert_eq!(text, "ring \"uploads\" [renderer] has no open frame: call begin_frame first");
    assert!(matches!(ring.end_frame(), Err(RingError::NoFrame { .. })));
    assert!(matches!(ring.end_frame_with_fence(1), Err(RingError::NoFrame { .. })));
    ring.begin_frame().unwrap();
    assert!(ring.begin_frame().unwrap_err().to_string().contains("still has frame 1 open"));
    assert!(ring.reset().is_err());
    ring.push([0u8; 3000]).unwrap();
    let text = ring.push([0u8; 2000]).unwrap_err().to_string();
    assert!(text.contains("the open frame 1 holds them itself"), "{text}");
    let text = ring.push([0u8; 5000]).unwrap_err().to_string();
    assert!(text.contains(&format!("range of {} bytes is full", 4096 - 8 - 2 * FRAME)), "{text}");
    ring.end_frame_with_fence(7).unwrap();
    ring.begin_frame().unwrap();
    let text = ring.push([0u8; 2000]).unwrap_err().to_string();
    assert_eq!(
        text,
        "ring \"uploads\" [renderer] refused 2000 bytes, of which 2000 are missing: frame 1 holds them until fence 7, and \
         no fence is known to have passed; wait for the fence and call retire, or make the ring larger"
    );
    let text = ring.end_frame_with_fence(6).unwrap_err().to_string();
    assert!(text.contains("refused fence 6 after fence 7"), "{text}");
    ring.end_frame_with_fence(8).unwrap();
    let text = ring.begin_frame().unwrap_err().to_string();
    assert!(text.contains("keeps 2 frames in flight") && text.contains("frame 1, is promised until fence 7"), "{text}");
    ring.retire(8).unwrap();
    assert!(matches!(ring.retire(7), Err(RingError::FenceFell { given: 7, last: 8, .. })));
    ring.begin_frame().unwrap();
    ring.push([0u8; 3000]).unwrap();
    ring.end_frame().unwrap();
    ring.begin_frame().unwrap();
    let text = ring.push([0u8; 2000]).unwrap_err().to_string();
    assert!(text.contains("frame 3 holds them until frame 5 begins"), "{text}");
}

#[test]
fn values_of_another_ring_name_nothing_here() {
    let [mut a, mut b] = [(); 2].map(|()| Ring::new(RangeOptions::reserve(1 << 16)));
    a.begin_frame().unwrap();
    b.begin_frame().unwrap();
    let (in_a, in_b) = (a.push("a's").unwrap(), b.push("b's").unwrap());
    assert_eq!((a.get(in_b), b.get(in_a)), (None, None));
    assert_eq!(b.get_mut(in_a), None);
    assert_eq!(a.get(in_a).unwrap(), ["a's"]);
}

#[test]
fn values_without_bytes_always_fit_and_die_with_their_frame() {
    let mut memory = memory(2048);
    let mut ring = kilobyte(&mut memory, 2);
    ring.begin_frame().unwrap();
    ring.push([0u8; 1024]).unwrap();
    let units = ring.push_slice(&[(); 9]).unwrap();
    let none = ring.push_slice::<u128>(&[]).unwrap();
    assert_eq!((ring.get(units).unwrap().len(), ring.get(none).unwrap().len()), (9, 0));
    let layout = Layout::from_size_align(0, 2 << 20).unwrap();
    assert_eq!(ring.push_layout(layout).unwrap().addr().get() % (2 << 20), 0);
    ring.end_frame_with_fence(1).unwrap();
    ring.retire(1).unwrap();
    assert_eq!((ring.get(units), ring.get(none)), (None, None));
}

#[test]
fn a_panic_while_values_are_made_pushes_nothing() {
    let mut ring = Ring::new(RangeOptions::reserve(1 << 16));
    ring.begin_frame().unwrap();
    ring.push(1u8).unwrap();
    let before = ring.stats();
    panic_of(|| ring.push_with(10, |i| if i == 7 { panic!("the eighth") } else { i }));
    assert_eq!(ring.stats(), before);
}

#[test]
fn sizes_that_overflow_alignments_above_2_mib_and_no_frames_are_refused() {
    let mut ring = Ring::new(RangeOptions::reserve(1 << 20));
    ring.begin_frame().unwrap();
    let before = ring.stats();
    let kind = |error| match error {
        RingError::Refused(error) => error.kind(),
        error => panic!("{error}"),
    };
    assert_eq!(kind(words(&mut ring, usize::MAX).unwrap_err()), ErrorKind::CapacityOverflow);
    let layout = Layout::from_size_align(1, 4 << 20).unwrap();
    assert_eq!(kind(ring.push_layout(layout).unwrap_err()), ErrorKind::BadAlignment);
    let layout = Layout::from_size_align(isize::MAX as usize, 1).unwrap();
    assert!(matches!(kind(ring.push_layout(layout).unwrap_err()), ErrorKind::ReservationFull { .. }));
    assert_eq!(ring.stats(), before);
    assert!(panic_of(|| Ring::try_new(RangeOptions::reserve(1 << 16), 0)).contains("no frames"));
    assert!(Ring::try_new(RangeOptions::buffer(&mut memory(1000)), 1000).is_err());
    assert!(Ring::try_new(RangeOptions::buffer(&mut []), 1).is_err());
}

#[test]
fn committed_bytes_are_charged_and_a_hard_budget_is_never_passed() {
    let node = Node::new("ring").hard_budget(3 << 16).build();
    let mut ring = Ring::new(RangeOptions::reserve(1 << 24).node(&node));
    ring.begin_frame().unwrap();
    let kept = ring.push_with(100_000, |_| 5u8).unwrap();
    let before = ring.stats();
    assert_eq!(node.stats().charged, before.committed);
    let error = ring.push_with(100_000, |_| 0u8).unwrap_err();
    assert!(matches!(error, RingError::Refused(error) if matches!(error.kind(), ErrorKind::BudgetExceeded { .. })));
    assert_eq!((ring.stats(), node.stats().charged), (before, before.committed));
    assert!(ring.get(kept).unwrap().iter().all(|&byte| byte == 5));
    node.set_budget(Budget::default());
    ring.push_with(100_000, |_| 0u8).unwrap();
    assert_eq!(node.stats().charged, ring.stats().committed);
    ring.end_frame().unwrap();
    assert_eq!(node.stats().used, ring.stats().used);
    drop(ring);
    assert_eq!((node.stats().charged, node.stats().used, node.stats().arenas), (0, 0, 0));
    node.set_budget(Budget { soft: None, hard: Some(0) });
    let error = Ring::try_new(RangeOptions::reserve(1 << 24).node(&node), 2).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::BudgetExceeded { .. }));
    assert_eq!((node.stats().charged, node.stats().arenas), (0, 0));
}

#[test]
fn a_source_that_has_nothing_is_an_error_and_one_that_has_gets_its_block_back() {
    let ledger = Ledger::new();
    ledger.refuse_nth(1);
    let error = Ring::try_new(RangeOptions::source(ledger.clone(), 4096), 2).unwrap_err();
    assert_eq!((error.kind(), error.size()), (ErrorKind::OutOfMemory, 4096));
    {
        let mut ring = Ring::new(RangeOptions::source(ledger.clone(), 4096));
        ring.begin_frame().unwrap();
        ring.push([1u8; 4000]).unwrap();
        assert_eq!(ledger.live(), 1);
    }
    assert_eq!(ledger.live(), 0);
}

#[test]
fn ten_thousand_frames_run_in_the_memory_of_the_first_lap() {
    let mut ring = Ring::try_new(RangeOptions::reserve(1 << 20), 3).unwrap();
    let mut committed = 0;
    for frame in 1..=10_000u64 {
        ring.retire(frame.saturating_sub(3)).unwrap();
        ring.begin_frame().unwrap();
        for i in 0..20 {
            words(&mut ring, (i * frame as usize) % 500).unwrap();
        }
        ring.end_frame_with_fence(frame).unwrap();
        if frame == 100 {
            committed = ring.stats().committed;
        }
    }
    let stats = ring.stats();
    assert_eq!((stats.committed, stats.frames, stats.frames_in_flight), (committed, 10_000, 3));
    assert!(stats.wraps > 100 && stats.high_water <= stats.capacity);
}

#[test]
fn a_ring_and_its_slices_go_from_thread_to_thread() {
    let mut ring = Ring::new(RangeOptions::reserve(1 << 16));
    ring.begin_frame().unwrap();
    let slice = ring.push_slice(&[1, 2, 3]).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(ring.get(slice).unwrap(), [1, 2, 3]));
        scope.spawn(|| assert_eq!(ring.get(slice).unwrap(), [1, 2, 3]));
    });
    let ring = std::thread::spawn(move || {
        ring.get_mut(slice).unwrap()[0] = 9;
        ring
    })
    .join()
    .unwrap();
    assert_eq!(ring.get(slice).unwrap(), [9, 2, 3]);
}
