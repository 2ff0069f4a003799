//! A game whose memory goes wrong, one fault at a time, and what says so: the rows of `docs/games.md`.
//!
//!     cargo run -p arenite --example troubleshooting -- leak

use arenite::{
    Heap, HeapOptions, MemorySystem, Tag,
    debug::{self, Grade},
    pool::BlockPoolOptions,
    report::{self, EscapePlace, Steady},
    system::{Area, SystemLayout},
};
use std::{alloc::Layout, error::Error, ptr::NonNull};

type Outcome = Result<(), Box<dyn Error>>;

type Trouble = (&'static str, fn(&MemorySystem<'_>) -> Outcome);

const TROUBLES: [Trouble; 9] = [
    ("out-of-frame-memory", out_of_frame_memory),
    ("leak", leak),
    ("corruption", corruption),
    ("fragmentation", fragmentation),
    ("slow", slow),
    ("mixed", mixed),
    ("uncleared", uncleared),
    ("kept", kept),
    ("untagged", untagged),
];

fn main() -> Outcome {
    let asked = std::env::args().nth(1).unwrap_or_default();
    let Some((_, run)) = TROUBLES.into_iter().find(|(name, _)| *name == asked) else {
        let names: Vec<&str> = TROUBLES.into_iter().map(|(name, _)| name).collect();
        return Err(format!("say what is wrong: {}", names.join(", ")).into());
    };
    run(&MemorySystem::with_layout(SystemLayout::new().total(1 << 30).frame(1 << 20).permanent(64 << 20))?)
}

/// The path finder takes its open list anew for each enemy.
fn out_of_frame_memory(memory: &MemorySystem<'_>) -> Outcome {
    memory.enable_tracking(true);
    let frame = memory.begin_frame()?;
    for enemy in 0..100 {
        if let Err(error) = frame.push_array_tagged(Tag::AI, 4096, 0u64) {
            println!("enemy {enemy}: {error}\n");
            break;
        }
    }
    println!("frame area, by tag: ai {} of {} bytes", memory.used_by_tag(Tag::AI), frame.used());
    println!("the newest of {}", memory.dump_allocations().to_string().lines().take(2).collect::<Vec<_>>().join("\n"));
    drop(frame);
    // The remedy: each enemy gives back what it took.
    let frame = memory.begin_frame()?;
    for _enemy in 0..100 {
        let temp = frame.temp()?;
        temp.push_array_tagged(Tag::AI, 4096, 0u64)?;
    }
    println!("\nwith a temp for each enemy, 100 of them: {} bytes at the end", frame.used());
    Ok(())
}

/// Sounds that end are taken off the list and never freed.
fn leak(memory: &MemorySystem<'_>) -> Outcome {
    memory.enable_tracking(true);
    for _ in 0..3 {
        let _voice = memory.medium_pool()?.alloc();
    }
    println!("{}\n\n{}", memory.leaks(), memory.check_leaks());
    Ok(())
}

/// The last row of a height map is written one too far.
fn corruption(memory: &MemorySystem<'_>) -> Outcome {
    memory.set_grade(Grade::Guard);
    let heights = memory.permanent().alloc_slice_fill(1000, 0u16);
    // SAFETY: none: this is the fault. The fence behind the block is there to be written.
    unsafe { heights.as_mut_ptr().add(1000).write(7) };
    println!("{} faults", memory.check_integrity());
    Ok(())
}

/// Particles of one size among strings of all sizes: every second block dies.
fn fragmentation(_memory: &MemorySystem<'_>) -> Outcome {
    let (heap, layout) = (Heap::new(), Layout::new::<[u8; 96]>());
    let particles: Vec<NonNull<u8>> = (0..100_000).map(|_| heap.alloc(layout)).collect();
    let full = heap.stats().segments;
    for &particle in particles.iter().skip(1).step_by(2) {
        // SAFETY: taken above, and used no more.
        unsafe { heap.free(particle) };
    }
    let stats = heap.stats();
    println!("heap: {} of {full} segments of 64 KiB are held for {} bytes", stats.segments, stats.live_bytes);

    let pool = BlockPoolOptions::new(96).capacity(100_000).build();
    let particles: Vec<NonNull<u8>> = (0..100_000).map(|_| pool.alloc()).collect();
    for &particle in particles.iter().skip(1).step_by(2) {
        // SAFETY: taken above, and used no more.
        unsafe { pool.free(particle) };
    }
    let again = (0..50_000).filter(|_| pool.try_alloc().is_ok()).count();
    let stats = pool.stats();
    println!("pool: {again} blocks fit into the holes; {} of {} bytes live", stats.live * 96, stats.allocated);
    Ok(())
}

/// A frame that takes a heap block for each entity.
fn slow(memory: &MemorySystem<'_>) -> Outcome {
    debug::set_node_grade("entities", Grade::Sites);
    let heap = HeapOptions::new().name("entities").build();
    let mut kept = Vec::new();
    let frame = || {
        let frame = memory.begin_frame().expect("no other is open");
        frame.alloc_slice_fill(1000, 0.0f32);
        kept.extend((0..1000).map(|_| heap.alloc(Layout::new::<[f32; 16]>())));
    };
    if let Err(unsteady) = Steady::new().try_run(frame) {
        println!("{unsteady}");
    }
    let frame = || _ = memory.begin_frame().expect("no other is open").alloc_slice_fill(16_000, 0.0f32);
    println!("\nfrom the frame area: {}", if Steady::new().try_run(frame).is_ok() { "steady" } else { "not steady" });
    Ok(())
}

/// Memory of the frame is given to the heap.
fn mixed(memory: &MemorySystem<'_>) -> Outcome {
    let heap = Heap::new();
    memory.set_grade(Grade::Sites);
    let frame = memory.begin_frame()?;
    let block = NonNull::from(frame.alloc([0u8; 64])).cast::<u8>();
    // SAFETY: what never came from this heap is refused.
    println!("{}", unsafe { heap.try_free(block) }.expect_err("it is not the heap's"));
    println!("its owner: {:?}", report::owner(block.as_ptr()).map(|node| node == frame.node().expect("a node").id()));
    Ok(())
}

/// A frame area without its frame: an arena that nobody resets.
fn uncleared(_memory: &MemorySystem<'_>) -> Outcome {
    let frame = arenite::ArenaOptions::new().name("my frame").build();
    if let Err(unsteady) = Steady::new().cycles(600).try_run(|| _ = frame.alloc_slice_fill(1000, 0u64)) {
        println!("{unsteady}");
    }
    Ok(())
}

/// The scene keeps a pointer into the frame.
fn kept(memory: &MemorySystem<'_>) -> Outcome {
    memory.set_grade(Grade::Sites);
    let target = {
        let frame = memory.begin_frame()?;
        std::ptr::from_ref(frame.push_tagged(Tag::AI, [1u64; 8])?)
    };
    memory.permanent().push_tagged(Tag::SCENE, target)?;
    let escapes = memory.frame_escapes()?;
    // What a stack holds may be what calls before left there.
    for escape in escapes.iter().filter(|escape| !matches!(escape.place, EscapePlace::Stack { .. })) {
        println!("{escape}");
    }
    Ok(())
}

/// Who takes what?
fn untagged(memory: &MemorySystem<'_>) -> Outcome {
    memory.permanent().push_array_tagged(Tag::RENDERER, 1 << 20, 0u8)?;
    memory.permanent().alloc_slice_fill(1 << 20, 0u8);
    memory.print_area(Area::Permanent);
    println!("\n{}", memory.stats());
    Ok(())
}
