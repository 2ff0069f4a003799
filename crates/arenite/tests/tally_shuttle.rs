//! The count of a chunk and the list of free chunks under shuttle, on the files that the library is built from.
//!
//! `RUSTFLAGS="--cfg arenite_shuttle" cargo test --release -p arenite --test tally_shuttle`
#![cfg(arenite_shuttle)]
#![allow(dead_code, reason = "what the models do not use of the files")]

#[path = "../src/context/region/free_list.rs"]
mod free_list;
#[path = "tally/models.rs"]
mod models;
#[path = "../src/context/region/tally.rs"]
mod tally;

pub(crate) use shuttle::thread;
use std::sync::Arc;

mod sync {
    pub(crate) use shuttle::sync::atomic::{AtomicU32, AtomicU64, Ordering};
}

fn check(run: impl Fn() + Send + Sync + 'static) {
    let run = Arc::new(run);
    let (random, pct) = (run.clone(), run);
    shuttle::check_random(move || random(), 5_000);
    shuttle::check_pct(move || pct(), 5_000, 3);
}

/// Two threads in the same memory at a time fail.
#[derive(Default)]
struct Payload(std::sync::atomic::AtomicBool);

impl Payload {
    fn write(&self) {
        use std::sync::atomic::Ordering::SeqCst;
        assert!(!self.0.swap(true, SeqCst), "somebody else is in here");
        thread::yield_now();
        self.0.store(false, SeqCst);
    }
}

#[test]
fn a_free_chunk_is_handed_to_one_thread_at_a_time() {
    check(|| {
        struct Shared {
            list: free_list::FreeList,
            links: [sync::AtomicU32; 4],
            chunks: [Payload; 4],
        }
        let shared = Arc::new(Shared {
            list: free_list::FreeList::new(),
            links: Default::default(),
            chunks: Default::default(),
        });
        for chunk in 1..4 {
            shared.list.push(chunk, &shared.links[chunk as usize]);
        }
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let shared = shared.clone();
                thread::spawn(move || {
                    for _ in 0..3 {
                        let link = |chunk: u32| &shared.links[chunk as usize];
                        let two = [shared.list.pop(link), shared.list.pop(link)];
                        two.iter().flatten().for_each(|&chunk| shared.chunks[chunk as usize].write());
                        two.iter().flatten().for_each(|&chunk| shared.list.push(chunk, link(chunk)));
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let mut left: Vec<_> = std::iter::from_fn(|| shared.list.pop(|chunk| &shared.links[chunk as usize])).collect();
        left.sort_unstable();
        assert_eq!(left, [1, 2, 3]);
    });
}
