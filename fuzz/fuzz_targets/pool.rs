//! The pools: typed, by handle, and of raw blocks.
#![no_main]

use arbitrary::Arbitrary;
use arenite::pool::{BlockPoolOptions, HandlePool, Pool, PoolBox, PoolHandle, PoolOptions};
use libfuzzer_sys::fuzz_target;
use std::{collections::BTreeMap, ptr::NonNull, sync::Arc};

#[derive(Arbitrary, Debug)]
enum Op {
    Take(u64),
    Give(u16),
    GiveTwice(u16),
    Wrong(u64),
    Clear,
}

#[derive(Arbitrary, Debug)]
struct Plan {
    block: u16,
    shift: u8,
    capacity: u16,
    ops: Vec<Op>,
}

fn typed(ops: &[Op]) {
    let alive = Arc::new(());
    let pool: Pool<(u64, Arc<()>)> = PoolOptions::new().build();
    let mut boxes: Vec<PoolBox<'_, (u64, Arc<()>)>> = Vec::new();
    let mut model = Vec::new();
    for op in ops {
        match op {
            Op::Take(value) => {
                boxes.push(pool.alloc((*value, alive.clone())));
                model.push(*value);
            }
            Op::Give(which) | Op::GiveTwice(which) if !boxes.is_empty() => {
                let at = usize::from(*which) % boxes.len();
                drop(boxes.swap_remove(at));
                model.swap_remove(at);
            }
            _ => {}
        }
        assert_eq!((pool.len(), Arc::strong_count(&alive)), (model.len(), model.len() + 1));
        assert!(boxes.iter().zip(&model).all(|(value, expected)| value.0 == *expected));
    }
}

fn by_handle(ops: &[Op]) {
    let mut pool: HandlePool<u64> = HandlePool::new();
    let mut live: Vec<(PoolHandle<u64>, u64)> = Vec::new();
    let mut dead: Vec<PoolHandle<u64>> = Vec::new();
    for op in ops {
        match op {
            Op::Take(value) => live.push((pool.insert(*value), *value)),
            Op::Give(which) | Op::GiveTwice(which) if !live.is_empty() => {
                let (handle, value) = live.swap_remove(usize::from(*which) % live.len());
                assert_eq!(pool.remove(handle), Some(value));
                dead.push(handle);
            }
            Op::Clear => {
                pool.clear();
                dead.extend(live.drain(..).map(|(handle, _)| handle));
            }
            _ => {}
        }
        assert!(live.iter().all(|&(handle, value)| pool.get(handle) == Some(&value)));
        assert!(dead.iter().all(|&handle| pool.get(handle).is_none() && !pool.contains(handle)));
        assert_eq!(pool.len(), live.len());
    }
}

fn raw(plan: &Plan) {
    let options = BlockPoolOptions::new(usize::from(plan.block)).align(1 << (plan.shift % 13));
    // At most 16 MiB of blocks.
    let capacity = usize::from(plan.capacity).min((16 << 20) / usize::from(plan.block).max(1));
    let Ok(mut pool) = options.capacity(capacity).try_build() else { return };
    let mut live: BTreeMap<usize, NonNull<u8>> = BTreeMap::new();
    for op in &plan.ops {
        match op {
            Op::Take(value) => {
                let Ok(block) = pool.try_alloc() else {
                    assert_eq!(live.len(), pool.capacity(), "it refuses only when it is full");
                    continue;
                };
                assert!(live.insert(block.addr().get(), block).is_none());
                // SAFETY: a fresh block.
                unsafe { block.write_bytes(*value as u8, usize::from(plan.block)) };
            }
            Op::Give(which) | Op::GiveTwice(which) if !live.is_empty() => {
                let at = *live.keys().nth(usize::from(*which) % live.len()).unwrap();
                let block = live.remove(&at).unwrap();
                // SAFETY: a live block; the second free is refused.
                unsafe {
                    pool.free(block);
                    if matches!(op, Op::GiveTwice(_)) {
                        pool.try_free(block).unwrap_err();
                    }
                }
            }
            Op::Wrong(address) => {
                let base = pool.base().addr().get();
                for address in [*address as usize, base.wrapping_add(*address as usize % (64 << 10))] {
                    let Some(block) = NonNull::new(std::ptr::without_provenance_mut::<u8>(address)) else { continue };
                    if !live.contains_key(&address) {
                        // SAFETY: no live block: refused.
                        unsafe { pool.try_free(block).unwrap_err() };
                    }
                }
            }
            Op::Clear => {
                pool.clear();
                live.clear();
            }
            _ => {}
        }
        assert_eq!(pool.len(), live.len());
        assert!(pool.live_blocks().all(|block| live.contains_key(&block.addr().get())));
    }
}

fuzz_target!(|plan: Plan| {
    typed(&plan.ops);
    by_handle(&plan.ops);
    raw(&plan);
});
