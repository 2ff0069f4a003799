//! Scenarios of the game memory system: the contract's section 2, line by line.

use arenite::{
    Budget, MemorySystem, Tag,
    source::system_calls,
    system::{Area, StringBuilder, SystemError, SystemLayout},
};
use std::{
    mem::MaybeUninit,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

fn small() -> SystemLayout {
    let areas = SystemLayout::new().total(64 << 20).frame(16 << 20).render(8 << 20).gui(4 << 20);
    areas.ring(1 << 20).stack(1 << 20).pools(1 << 20)
}

fn system() -> MemorySystem<'static> {
    MemorySystem::with_layout(small()).unwrap()
}

#[test]
fn the_default_system_has_the_documents_areas_and_the_remainder_is_permanent() {
    let memory = MemorySystem::new().unwrap();
    let stats = memory.stats();
    let reserved = |area| stats.areas.iter().filter(|a| a.area == area).map(|a| a.reserved).sum::<usize>();
    // A tenth of everything on 32 bits.
    let unit = if usize::BITS == 64 { 1 << 20 } else { (1 << 20) / 10 };
    assert_eq!(reserved(Area::Frame), 512 * unit);
    assert_eq!(reserved(Area::Render), 256 * unit);
    assert_eq!(reserved(Area::Gui), 64 * unit);
    assert!((128 * unit..128 * unit + (64 << 10)).contains(&reserved(Area::Ring)), "and the rest of a granule");
    assert_eq!(reserved(Area::Stack), (128 * unit).next_multiple_of(64 << 10), "whole granules");
    for (pool, block) in [(Area::SmallPool, 64), (Area::MediumPool, 256), (Area::LargePool, 1024)] {
        assert_eq!(reserved(pool), 32 * unit / block * block, "whole blocks");
    }
    assert_eq!(reserved(Area::Permanent), (5120 - 512 - 256 - 64 - 128 - 128 - 3 * 32) * unit);
    let committed: usize = stats.areas.iter().map(|area| area.committed).sum();
    assert!(committed < 1 << 20, "only what is used is committed: {committed}");
}

#[test]
fn frame_contents_survive_the_frames_end_until_the_next_begins() {
    let memory = system();
    let frame = memory.begin_frame().unwrap();
    let left: *const u64 = frame.alloc(0xFEED_u64);
    drop(frame);
    assert_eq!(memory.stats().areas[1].used, 8, "not cleared at the end");
    // SAFETY: the area is not cleared before the next frame, and nothing else writes there.
    assert_eq!(unsafe { left.read() }, 0xFEED);
    let frame = memory.begin_frame().unwrap();
    assert_eq!(frame.used(), 0, "cleared at the start");
    let again: *const u64 = frame.alloc(1u64);
    assert_eq!(again, left, "the same memory");
}

#[test]
fn gui_contents_survive_until_the_next_gui_pass_and_frames_do_not_touch_them() {
    let memory = system();
    let pass = memory.begin_gui().unwrap();
    let widget: *const u32 = pass.alloc(77u32);
    drop(pass);
    for _ in 0..3 {
        memory.begin_frame().unwrap().alloc([0u8; 1000]);
    }
    // SAFETY: the GUI area is not cleared before the next pass.
    assert_eq!(unsafe { widget.read() }, 77);
    assert_eq!(memory.begin_gui().unwrap().used(), 0);
}

#[test]
fn commands_survive_until_they_ran_and_their_buffer_is_cleared_after_that() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Draw(u32);
    let memory = system();
    for number in [1, 2] {
        let mut commands = memory.begin_commands::<Draw>(4).unwrap();
        for i in 0..100 {
            commands.push(Draw(number * 1000 + i)).unwrap();
        }
        assert_eq!(commands.submit().number(), u64::from(number));
    }
    let refused = memory.begin_commands::<Draw>(4).unwrap_err();
    assert!(matches!(refused, SystemError::NotRunYet(ticket) if ticket.number() == 1), "never overwritten: {refused}");
    for _ in 0..3 {
        drop(memory.begin_frame().unwrap());
    }
    let mut seen = Vec::new();
    assert_eq!(memory.run_commands(|draw: &Draw, _| seen.push(draw.0)).unwrap(), 100);
    assert_eq!((seen[0], seen[99]), (1000, 1099));
    let used: Vec<_> = memory.stats().areas.iter().filter(|a| a.area == Area::Render).map(|a| a.used > 0).collect();
    assert_eq!(used, [false, true], "the first is cleared, the second waits");
    memory.begin_commands::<Draw>(4).unwrap().submit();
    seen.clear();
    memory.run_commands(|draw: &Draw, _| seen.push(draw.0)).unwrap();
    assert_eq!(seen[0], 2000, "oldest first");
}

#[test]
fn commands_of_another_type_are_refused_and_stay() {
    let memory = system();
    let mut commands = memory.begin_commands::<u32>(1).unwrap();
    commands.push(5).unwrap();
    commands.submit();
    assert!(matches!(memory.run_commands(|_: &u64, _| ()), Err(SystemError::OtherCommands { .. })));
    let mut sum = 0;
    assert_eq!(memory.run_commands(|n: &u32, _| sum += n).unwrap(), 1);
    assert_eq!(sum, 5);
    assert!(matches!(memory.run_commands(|_: &u32, _| ()), Err(SystemError::NothingSubmitted)));
}

#[test]
fn a_panic_in_the_middle_of_commands_clears_their_buffer_and_the_system_goes_on() {
    let memory = system();
    let mut commands = memory.begin_commands::<u32>(1).unwrap();
    commands.push(5).unwrap();
    let data = commands.data(&[1u8, 2, 3]).unwrap();
    commands.submit();
    let run = || memory.run_commands(|_: &u32, _| panic!("driver lost")).unwrap();
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
    assert!(memory.stats().areas.iter().all(|area| area.used == 0));
    memory.begin_commands::<u32>(1).unwrap().submit();
    memory.run_commands(|_: &u32, payloads| assert!(payloads.get(data).is_none(), "stale data")).unwrap();
}

#[test]
fn tagged_command_data_counts_until_the_commands_ran() {
    let memory = system();
    let mut commands = memory.begin_commands::<u32>(1).unwrap();
    let data = commands.data_tagged(Tag::RENDERER, &[7u16; 100]).unwrap();
    commands.push(0).unwrap();
    commands.submit();
    assert_eq!(memory.used_by_tag(Tag::RENDERER), 200);
    memory.run_commands(|_: &u32, payloads| assert_eq!(payloads.get(data).unwrap(), [7; 100])).unwrap();
    assert_eq!(memory.used_by_tag(Tag::RENDERER), 0);
    let mut commands = memory.begin_commands::<u32>(1).unwrap();
    // More than a buffer has, and less than the tag's budget: also a tenth of the usual one.
    let refused = commands.data_tagged(Tag::RENDERER, &vec![0u64; 20 << 17]).unwrap_err();
    assert!(matches!(refused, SystemError::Alloc(_)), "{refused}");
    assert_eq!(memory.used_by_tag(Tag::RENDERER), 0, "a refusal counts nothing");
}

#[test]
fn discarded_commands_leave_their_buffer_free() {
    let memory = system();
    for _ in 0..10 {
        let mut commands = memory.begin_commands::<u32>(8).unwrap();
        commands.push(1).unwrap();
        assert!(matches!(memory.begin_commands::<u32>(8), Err(SystemError::StillOpen(Area::Render))));
    }
    assert!(matches!(memory.run_commands(|_: &u32, _| ()), Err(SystemError::NothingSubmitted)));
}

#[test]
fn an_open_or_forgotten_frame_makes_the_next_begin_an_error() {
    let memory = system();
    let frame = memory.begin_frame().unwrap();
    assert!(matches!(memory.begin_frame(), Err(SystemError::StillOpen(Area::Frame))));
    drop(frame);
    std::mem::forget(memory.begin_frame().unwrap());
    assert!(matches!(memory.begin_frame(), Err(SystemError::StillOpen(Area::Frame))));
    assert!(memory.begin_gui().is_ok(), "other areas go on");
}

#[test]
fn used_by_tag_falls_at_clear_and_at_the_end_of_a_temp() {
    let memory = system();
    memory.permanent().push_tagged(Tag::SCENE, 1u64).unwrap();
    {
        let frame = memory.begin_frame().unwrap();
        frame.push_array_tagged(Tag::PHYSICS, 100, 0u32).unwrap();
        assert_eq!(memory.used_by_tag(Tag::PHYSICS), 400);
        {
            let temp = frame.temp().unwrap();
            temp.push_array_tagged(Tag::PHYSICS, 10, 0u64).unwrap();
            let inner = temp.temp().unwrap();
            inner.push_tagged(Tag::AI, 1u8).unwrap();
            assert_eq!((memory.used_by_tag(Tag::PHYSICS), memory.used_by_tag(Tag::AI)), (480, 8));
        }
        assert_eq!((memory.used_by_tag(Tag::PHYSICS), memory.used_by_tag(Tag::AI)), (400, 0));
        std::mem::forget(frame.temp().unwrap());
    }
    drop(memory.begin_frame().unwrap());
    assert_eq!(memory.used_by_tag(Tag::PHYSICS), 0, "clear gives everything back");
    assert_eq!(memory.used_by_tag(Tag::SCENE), 8);
}

#[test]
fn a_forgotten_temp_gives_its_tagged_bytes_back_at_the_next_clear() {
    let memory = system();
    let frame = memory.begin_frame().unwrap();
    let temp = frame.temp().unwrap();
    temp.push_tagged(Tag::AUDIO, [0u8; 64]).unwrap();
    std::mem::forget(temp);
    assert!(frame.try_alloc(1).is_err(), "the zone stays claimed");
    drop(frame);
    let frame = memory.begin_frame().unwrap();
    assert_eq!(memory.used_by_tag(Tag::AUDIO), 0);
    assert!(frame.try_alloc(1).is_ok());
}

#[test]
fn a_tags_hard_budget_refuses_and_its_soft_one_calls_once_per_crossing() {
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = Arc::new(Mutex::new(None));
    let layout = small()
        .budget(Tag::AUDIO, Budget { soft: Some(100), hard: Some(200) })
        .budget(Tag::AI, Budget { soft: None, hard: Some(0) })
        .on_soft({
            let (calls, seen) = (calls.clone(), seen.clone());
            move |crossing| {
                calls.fetch_add(1, Ordering::Relaxed);
                *seen.lock().unwrap() = Some(crossing);
            }
        });
    let memory = MemorySystem::with_layout(layout).unwrap();
    let frame = memory.begin_frame().unwrap();
    frame.push_array_tagged(Tag::AUDIO, 100, 0u8).unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 1, "104 aligned bytes");
    frame.push_array_tagged(Tag::AUDIO, 50, 0u8).unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 1, "not again while above");
    assert_eq!(seen.lock().unwrap().unwrap().tag, Tag::AUDIO);
    let used = frame.used();
    let refused = frame.push_array_tagged(Tag::AUDIO, 100, 0u8).unwrap_err();
    assert!(matches!(refused, SystemError::TagBudget { budget: 200, used: 160, request: 104, .. }), "{refused:?}");
    assert_eq!((frame.used(), memory.used_by_tag(Tag::AUDIO)), (used, 160), "nothing changed");
    assert!(frame.push_tagged(Tag::AI, 1u8).is_err(), "a budget of zero");
    drop(frame);
    let frame = memory.begin_frame().unwrap();
    frame.push_array_tagged(Tag::AUDIO, 120, 0u8).unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 2, "crossed again");
}

#[test]
fn a_refused_arena_gives_the_tag_its_bytes_back() {
    let memory = system();
    let frame = memory.begin_frame().unwrap();
    let refused = frame.push_array_tagged(Tag::SCENE, 17 << 20, 0u8).unwrap_err();
    assert!(matches!(refused, SystemError::Alloc(_)));
    assert!(frame.push_array_tagged(Tag::SCENE, usize::MAX, 0u64).is_err(), "overflow");
    assert_eq!(memory.used_by_tag(Tag::SCENE), 0);
}

#[test]
fn the_frame_area_is_exactly_as_large_as_laid_out() {
    let memory = system();
    let frame = memory.begin_frame().unwrap();
    frame.alloc_slice_fill(16 << 20, 1u8);
    assert!(frame.try_alloc(1u8).is_err());
    drop(frame);
    assert_eq!(memory.begin_frame().unwrap().used(), 0);
}

#[test]
fn a_string_builder_refuses_what_does_not_fit_and_is_unchanged() {
    let memory = system();
    let frame = memory.begin_frame().unwrap();
    let mut text = StringBuilder::create(&frame, 8).unwrap();
    assert!(text.append("1234"));
    assert!(!text.append_format(format_args!("{}{}", "56", "789")), "the first piece fits, the second does not");
    assert_eq!(text.as_str(), "1234");
    assert!(text.append("5678"));
    assert!(!text.append("9"));
    let mut growing = StringBuilder::growing(&frame, 1).unwrap();
    for i in 0..1000 {
        assert!(growing.append_format(format_args!("{i},")));
    }
    assert!(growing.into_str().ends_with("999,"));
}

#[test]
fn a_steady_frame_makes_no_system_call_and_its_footprint_is_flat() {
    let memory = system();
    let frame = |n: usize| {
        let frame = memory.begin_frame().unwrap();
        for i in 0..n {
            frame.alloc_slice_fill(i % 1000, 1u8);
        }
        let gui = memory.begin_gui().unwrap();
        gui.alloc_slice_fill(10_000, 0u64);
        let mut commands = memory.begin_commands::<u64>(1000).unwrap();
        (0..1000).for_each(|i| commands.push(i).unwrap());
        commands.submit();
        memory.run_commands(|_: &u64, _| ()).unwrap();
    };
    frame(500);
    frame(500);
    let (calls, before) = (system_calls(), memory.stats());
    for _ in 0..1000 {
        frame(400);
        frame(500);
    }
    let after = memory.stats();
    let committed = |stats: &arenite::system::SystemStats| stats.areas.iter().map(|a| a.committed).collect::<Vec<_>>();
    assert_eq!(committed(&after), committed(&before));
    // Other tests of this process may make calls meanwhile; a frame that made one each would make 2,000.
    assert!(system_calls() - calls < 1000);
}

#[test]
fn it_runs_in_the_callers_memory() {
    let mut buffer = vec![MaybeUninit::uninit(); 4 << 20];
    let range = buffer.as_ptr_range();
    let layout = SystemLayout::scaled(4 << 20).frame(1 << 20).render(1 << 20).gui(1 << 18);
    let memory = MemorySystem::in_memory(&mut buffer, layout).unwrap();
    let frame = memory.begin_frame().unwrap();
    let slice = frame.alloc_slice_fill(1 << 20, 1u8);
    assert!(range.contains(&slice.as_ptr().cast()));
    assert!(frame.try_alloc(1u8).is_err());
    memory.permanent().alloc_slice_fill(1 << 20, 2u8);
    assert!(slice.iter().all(|&byte| byte == 1));
    let blocks: Vec<_> = (0..)
        .map_while(|_| memory.small_pool().unwrap().try_alloc().ok())
        .inspect(|block| {
            assert!(range.contains(&block.as_ptr().cast::<MaybeUninit<u8>>().cast_const()));
        })
        .collect();
    assert!(blocks.len() > 300, "{}", blocks.len());
    assert_eq!(memory.leaks().small, blocks.len());
    let in_stack = memory.stack().unwrap().push(7u64);
    memory.ring().unwrap().begin_frame().unwrap();
    let in_ring = memory.ring().unwrap().push(8u64).unwrap();
    assert_eq!(memory.stack().unwrap().get(in_stack).unwrap(), [7]);
    assert_eq!(memory.ring().unwrap().get(in_ring).unwrap(), [8]);
    drop(frame);
    let mut tiny = [MaybeUninit::uninit(); 100];
    let refused = MemorySystem::in_memory(&mut tiny, SystemLayout::new()).unwrap_err();
    assert!(matches!(refused, SystemError::Layout { .. }));
}

#[test]
fn ring_stack_and_pools_serve_and_take_back_within_the_one_reservation() {
    let memory = system();
    let reserved = memory.stats().reserved;
    assert!(reserved < 70 << 20, "one reservation of the total, and what the areas' own state adds: {reserved}");
    let charged = memory.node().stats().charged;
    {
        let mut ring = memory.ring().unwrap();
        assert_eq!(memory.ring().unwrap_err(), SystemError::StillOpen(Area::Ring));
        for frame in 0..100u64 {
            ring.begin_frame().unwrap();
            let pushed = ring.push_slice(&[frame; 1000]).unwrap();
            assert_eq!(ring.get(pushed).unwrap()[999], frame);
            ring.end_frame().unwrap();
        }
    }
    {
        let mut stack = memory.stack().unwrap();
        assert_eq!(memory.stack().unwrap_err(), SystemError::StillOpen(Area::Stack));
        let blocks: Vec<_> = (0..100u64).map(|i| stack.push(i)).collect();
        assert_eq!(stack.depth(), 100);
        blocks.into_iter().rev().for_each(|block| stack.pop(block));
    }
    for (pool, size) in
        [memory.small_pool(), memory.medium_pool(), memory.large_pool()].into_iter().zip([64, 256, 1024])
    {
        let pool = pool.unwrap();
        assert_eq!((pool.block_size(), pool.capacity()), (size, (1 << 20) / size));
        let blocks: Vec<_> = (0..pool.capacity()).map(|_| pool.alloc()).collect();
        assert!(pool.try_alloc().is_err());
        // SAFETY: ours, freed once each; the second free is refused.
        unsafe {
            blocks.iter().for_each(|&block| pool.free(block));
            assert!(pool.try_free(blocks[0]).is_err());
        }
    }
    assert!(memory.node().stats().charged > charged, "what is committed is charged to the system");
    assert!(memory.leaks().is_empty(), "{}", memory.leaks());
}

#[test]
fn areas_without_memory_are_absent_and_say_so() {
    let memory = MemorySystem::with_layout(small().ring(0).stack(0).pools(0)).unwrap();
    assert_eq!(memory.ring().unwrap_err(), SystemError::Absent(Area::Ring));
    assert_eq!(memory.stack().unwrap_err(), SystemError::Absent(Area::Stack));
    let refused = memory.large_pool().unwrap_err();
    assert_eq!(refused, SystemError::Absent(Area::LargePool));
    assert!(refused.to_string().contains("pool 1024"), "{refused}");
    assert_eq!(memory.stats().areas.len(), 5, "permanent, frame, GUI and two render buffers");
}

#[test]
fn leaks_are_counted_by_kind_and_arena_contents_are_none() {
    let memory = system();
    memory.permanent().alloc(1);
    let frame = memory.begin_frame().unwrap();
    std::mem::forget(frame.temp().unwrap());
    let _block = memory.medium_pool().unwrap().alloc();
    memory.stack().unwrap().push(1u8);
    let leaks = memory.leaks();
    assert_eq!((leaks.small, leaks.medium, leaks.large, leaks.stack, leaks.temps), (0, 1, 0, 1, 1));
    assert_eq!(
        leaks.to_string(),
        "1 live blocks of the medium pool, 1 blocks on the stack, 1 temps that have not ended"
    );
}

#[test]
fn a_layout_on_huge_pages_puts_every_part_on_their_boundaries() {
    let memory = MemorySystem::with_layout(small().huge_pages(true)).unwrap();
    memory.ring().unwrap().begin_frame().unwrap();
    memory.ring().unwrap().push(1u8).unwrap();
    memory.stack().unwrap().push(1u8);
    let _ = memory.large_pool().unwrap().alloc();
}

#[test]
fn statistics_print_each_area_and_each_tag() {
    let memory = system();
    memory.permanent().push_tagged(Tag::new(9).unwrap(), 1u64).unwrap();
    let text = memory.stats().to_string();
    for word in ["permanent", "frame", "render", "gui", "ring", "stack", "pool 1024", "physics", "tag 9", "high water"]
    {
        assert!(text.contains(word), "{word} in\n{text}");
    }
    memory.print_stats();
    memory.print_area(Area::Permanent);
}

#[test]
fn a_reservation_that_is_refused_shrinks_where_the_layout_allows_it() {
    let (huge, least) = if usize::BITS == 64 { (50, 30) } else { (31, 28) };
    let (huge, least) = (1 << huge, 1 << least);
    let whole = SystemLayout::new().total(huge);
    assert!(matches!(MemorySystem::with_layout(whole), Err(SystemError::Reserve(_))));
    let memory = MemorySystem::with_layout(SystemLayout::new().total(huge).at_least(least)).unwrap();
    let permanent = memory.stats().areas[0].reserved;
    assert!(permanent > 100 << 20 && permanent < huge, "{permanent}");
    memory.permanent().alloc(1);
}

#[test]
fn a_value_that_panics_as_the_frame_is_cleared_leaves_the_area_usable() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("bomb")
        }
    }
    let memory = system();
    memory.begin_frame().unwrap().alloc_drop(Bomb);
    let begin = || memory.begin_frame().map(drop);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(begin)).is_err());
    assert_eq!(memory.begin_frame().unwrap().used(), 0);
}

#[test]
fn parts_that_need_less_than_the_total_leave_the_rest_unreserved() {
    let layout = SystemLayout::new().total(1 << (usize::BITS - 2)).permanent(1 << 20).frame(1 << 20);
    let memory = MemorySystem::with_layout(layout).unwrap();
    assert!(memory.stats().reserved < 1 << 30, "{}", memory.stats());
    memory.permanent().alloc_slice_fill(1 << 19, 7u8);
}
