//! Four threads whose values escape in every way there is.

use crate::{alone, chunk_of, on_a_thread, seconds};
use arenite::context::{PinBudget, heap, pinned, set_pin_budget, with_arena};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    mem,
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

static CORRUPT: AtomicUsize = AtomicUsize::new(0);

/// Bytes that follow from a seed, not from where they lie; looked at in each touch and when dropped.
struct Grain {
    seed: u8,
    bytes: Vec<u8>,
}

impl Grain {
    fn new(seed: u64) -> Self {
        let len = match seed % 128 {
            0 => 1 + seed as usize % 3000,
            1 => 9000 + seed as usize % 60_000, // in a chunk of its own
            _ => 1 + seed as usize % 120,
        };
        let seed = seed as u8;
        Self { seed, bytes: (0..len).map(|at| seed ^ at as u8).collect() }
    }

    fn touch(&self) {
        if !self.bytes.iter().enumerate().all(|(at, &byte)| byte == self.seed ^ at as u8) {
            CORRUPT.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Reallocates: in place, elsewhere, or to less.
    fn change(&mut self, by: u64) {
        self.touch();
        let len = 1 + by as usize % (self.bytes.len() * 2);
        let (seed, from) = (self.seed, self.bytes.len());
        self.bytes.truncate(len);
        self.bytes.extend((from..len).map(|at| seed ^ at as u8));
        if by % 3 == 0 {
            self.bytes.shrink_to_fit();
        }
    }
}

impl Drop for Grain {
    fn drop(&mut self) {
        self.touch();
    }
}

#[repr(align(64))]
struct Aligned([u64; 8]);

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end
    }
}

/// A thread's own grains. Its destructor opens scopes, after or before the region has left the thread.
struct Own(RefCell<Vec<Grain>>);

impl Drop for Own {
    fn drop(&mut self) {
        let mut grains = mem::take(self.0.get_mut());
        with_arena(|| {
            let mut words: Vec<String> = (0..200).map(|n| format!("late {n}")).collect();
            words.reverse();
            grains.drain(..grains.len() / 2).for_each(drop);
            with_arena(|| grains.iter_mut().for_each(|grain| grain.change(5)));
            assert_eq!(words.pop().as_deref(), Some("late 0"));
        });
    }
}

thread_local! {
    static OWN: Own = const { Own(RefCell::new(Vec::new())) };
    static OWN_TOO: Own = const { Own(RefCell::new(Vec::new())) };
}

#[derive(Default)]
struct Shared {
    pile: Mutex<Vec<Grain>>,
    arcs: Mutex<Vec<Arc<Grain>>>,
    once: OnceLock<Grain>,
    /// What nobody frees as long as it runs.
    #[expect(clippy::vec_box, reason = "each is to be a block of its own")]
    lost: Mutex<Vec<Box<[u8; 24]>>>,
}

struct Worker<'a> {
    random: Random,
    shared: &'a Shared,
    peers: Vec<Sender<Grain>>,
    inbox: Receiver<Grain>,
}

impl Worker<'_> {
    fn grain(&mut self) -> Grain {
        Grain::new(self.random.next())
    }

    /// The pile stays small: each grain holds a chunk, and 32 bits have addresses for 8,000 of them. Beyond those the heap
    /// serves, whose blocks hold none.
    fn pile(&mut self, grain: Grain) {
        let mut pile = self.shared.pile.lock().unwrap();
        if pile.len() > 500 {
            let at = self.random.below(pile.len());
            drop(pile.swap_remove(at));
        }
        pile.push(grain);
    }

    fn step(&mut self, depth: usize) {
        match self.random.below(16) {
            0 => {
                let mut many: Vec<Grain> = (0..1 + self.random.below(150)).map(|_| self.grain()).collect();
                while !many.is_empty() {
                    let at = self.random.below(many.len());
                    many.swap_remove(at);
                }
            }
            1 => {
                let grain = self.grain();
                self.pile(grain);
            }
            2 => {
                let to = self.random.below(self.peers.len());
                let grain = self.grain();
                let _ = self.peers[to].send(grain); // it may have ended
            }
            3 => self.inbox.try_iter().take(20).for_each(|grain| grain.touch()),
            4 | 5 => {
                let grain = self.grain();
                let key = if grain.seed % 2 == 0 { &OWN } else { &OWN_TOO };
                let at = self.random.next() as usize;
                key.with(|own| {
                    let mut own = own.0.borrow_mut();
                    own.push(grain);
                    if own.len() > 100 {
                        let len = own.len();
                        drop(own.swap_remove(at % len));
                    }
                });
            }
            6 => {
                let by = self.random.next();
                let mut pile = self.shared.pile.lock().unwrap();
                if let Some(at) = pile.len().checked_sub(1) {
                    pile[by as usize % (at + 1)].change(by);
                }
            }
            7 => {
                let seed = self.random.next();
                let payload = catch_unwind(AssertUnwindSafe(|| {
                    with_arena(|| {
                        let _unwound = (Grain::new(seed), Box::new(Grain::new(seed / 3)));
                        panic_any(Grain::new(seed / 7))
                    })
                }))
                .unwrap_err();
                payload.downcast::<Grain>().unwrap().touch();
            }
            8 => {
                let grain = Arc::new(self.grain());
                let mut arcs = self.shared.arcs.lock().unwrap();
                arcs.push(grain.clone());
                if arcs.len() > 50 {
                    let at = self.random.below(arcs.len());
                    arcs.swap_remove(at).touch();
                }
            }
            9 => {
                let seed = self.random.next();
                heap(|| self.pile(Grain::new(seed)));
                with_arena(|| heap(|| drop(Grain::new(seed))));
            }
            10 => {
                let mut aligned: Vec<Box<Aligned>> = (0..20).map(|n| Box::new(Aligned([n; 8]))).collect();
                let wide: Box<[u128]> = (0..self.random.below(40) as u128).collect();
                assert!(aligned.iter().all(|one| std::ptr::from_ref(&**one).addr() % 64 == 0));
                assert!(vec![0u64; 50].iter().all(|&word| word == 0), "a chunk is used again, and this is zero");
                aligned.swap_remove(7);
                assert!(aligned.iter().all(|one| one.0.iter().all(|word| *word == one.0[0])));
                assert!(wide.iter().enumerate().all(|(at, word)| at as u128 == *word));
            }
            11 => {
                let map: HashMap<u64, Grain> = (0..60).map(|_| (self.random.next(), self.grain())).collect();
                let tree: BTreeMap<u64, String> = map.keys().map(|key| (*key, key.to_string())).collect();
                tree.iter().for_each(|(key, text)| assert_eq!(&key.to_string(), text));
            }
            12 if depth < 4 => with_arena(|| (0..self.random.below(20)).for_each(|_| self.step(depth + 1))),
            12 => {}
            13 if self.random.below(200) == 0 => {
                // A few, or they would hold everything in the end.
                let lost = with_arena(|| Box::new([0x5Au8; 24]));
                heap(|| self.shared.lost.lock().unwrap().push(lost));
            }
            14 if self.shared.once.get().is_none() => {
                let mine = with_arena(|| Grain { seed: 3, bytes: (0..50).map(|at| 3 ^ at).collect() });
                let _ = self.shared.once.set(mine);
            }
            _ => {
                let text: String = (0..self.random.below(400)).map(|at| (b'a' + (at % 26) as u8) as char).collect();
                assert!(text.bytes().enumerate().all(|(at, byte)| byte == b'a' + (at % 26) as u8));
            }
        }
    }

    fn run(&mut self, until: Instant) -> usize {
        let mut scopes = 0;
        while Instant::now() < until {
            with_arena(|| (0..1 + self.random.below(30)).for_each(|_| self.step(1)));
            self.step(0);
            scopes += 1;
        }
        scopes
    }
}

#[test]
fn values_that_escape_in_every_way_stay_whole_and_hold_exactly_the_chunks_that_they_lie_in() {
    let _alone = alone();
    set_pin_budget(PinBudget::Unlimited);
    let before = pinned().chunks;
    let shared = Shared::default();
    let seconds = seconds(10);
    let until = Instant::now() + Duration::from_secs(seconds);
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    let mut scopes = 0;
    let mut generation = 0;
    // Threads end and others begin, with chunks of theirs still in use.
    while Instant::now() < until {
        let until = until.min(Instant::now() + Duration::from_millis(1000));
        let (senders, inboxes): (Vec<_>, Vec<_>) = (0..4).map(|_| channel()).unzip();
        scopes += std::thread::scope(|threads| {
            let (shared, senders) = (&shared, &senders);
            let workers: Vec<_> = inboxes
                .into_iter()
                .enumerate()
                .map(|(number, inbox)| {
                    threads.spawn(move || {
                        let random = Random(seed ^ ((number as u64 + 1) << 40) ^ (generation << 20) | 1);
                        let mut worker = Worker { random, shared, peers: senders.clone(), inbox };
                        let scopes = worker.run(until);
                        // What is in the inbox of a thread that has ended goes with the channel, on the last one.
                        std::thread::sleep(Duration::from_millis(5));
                        worker.inbox.try_iter().for_each(drop);
                        scopes
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum::<usize>()
        });
        generation += 1;
        drop(senders);
    }
    // Not on this thread: the chunk that it would park is none that is pinned.
    let (lost, once) = on_a_thread(|| {
        drop(shared.pile);
        drop(shared.arcs);
        (shared.lost.into_inner().unwrap(), shared.once.into_inner())
    });
    let held = pinned().chunks - before;
    let in_use: BTreeSet<usize> = lost
        .iter()
        .map(|lost| lost.as_ptr())
        .chain(once.iter().map(|grain| grain.bytes.as_ptr()))
        .map(chunk_of)
        .collect();
    once.iter().for_each(Grain::touch);
    println!("{seconds} s, {scopes} scopes, seed {seed}: {held} chunks held, as the {} that were lost", in_use.len());
    assert_eq!(CORRUPT.load(Ordering::Relaxed), 0, "seed {seed}");
    assert_eq!(held, in_use.len(), "seed {seed}");
    assert!(lost.iter().all(|lost| **lost == [0x5A; 24]), "seed {seed}");
    on_a_thread(|| drop((lost, once)));
    assert_eq!(pinned().chunks, before, "seed {seed}");
    set_pin_budget(PinBudget::default());
}
