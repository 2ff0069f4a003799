//! Heap blocks charged to tags.
//!
//! A block that is allocated under a tag ([`with_tag`]) is charged to it until it is freed, by whichever thread and under
//! whatever tag that happens. Who pays for a block stands in a table by address, since a free knows no more than that. From
//! the first tag of the process on, every free takes a closer look, and asks the table while there are such blocks; a
//! program without tags pays nothing.
//!
//! The order matters because an address is somebody else's as soon as the heap has it back: an entry is made after its
//! block is allocated and taken out before it is freed or reallocated. And `LIVE` goes up before a block is handed out:
//! whoever frees it was given it, so that thread sees a count that includes it.

use super::{
    heap_calls::HeapCalls,
    hooks::{self, Call},
};
use crate::{
    Node, Tag,
    debug::Metadata,
    sync::{AtomicPtr, AtomicU64, AtomicUsize, Lock, Ordering},
    table::Table,
};
use alloc::{boxed::Box, format};
use core::{cell::Cell, ptr};

/// Parts of the table, so that threads seldom wait for each other.
const SHARDS: usize = 16;

static BLOCKS: [Lock<Table<Charge, Metadata>>; SHARDS] = [const { Lock::new(Table::new(Metadata)) }; SHARDS];

/// Charged blocks, those included that are being reallocated. Relaxed throughout: see the module.
static LIVE: AtomicUsize = AtomicUsize::new(0);

static PAYERS: [Payer; Tag::COUNT] = [const { Payer::new() }; Tag::COUNT];

crate::sync::thread_local! {
    static TAG: Cell<Option<Tag>> = const { Cell::new(None) };
}

/// What a block costs, and whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Charge {
    size: usize,
    tag: Tag,
}

/// A tag's node and figures.
struct Payer {
    /// Made by the first who opens a scope of the tag, never freed; so it is there whenever a block is charged.
    node: AtomicPtr<Node>,
    allocations: AtomicU64,
    reallocations: AtomicU64,
    frees: AtomicU64,
    allocated_bytes: AtomicU64,
    freed_bytes: AtomicU64,
    past_budget: AtomicU64,
    uncharged: AtomicU64,
}

/// What a tag's heap blocks came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct TagHeap {
    /// Calls of the program's heap that the tag was charged or given back for, by any thread.
    pub calls: HeapCalls,
    /// Requests that took the tag, or a node above it, past a hard budget, and were served.
    pub past_budget: u64,
    /// Blocks that are charged to nobody, for want of memory to note them in.
    pub uncharged: u64,
}

impl Payer {
    const fn new() -> Self {
        Self {
            node: AtomicPtr::new(ptr::null_mut()),
            allocations: AtomicU64::new(0),
            reallocations: AtomicU64::new(0),
            frees: AtomicU64::new(0),
            allocated_bytes: AtomicU64::new(0),
            freed_bytes: AtomicU64::new(0),
            past_budget: AtomicU64::new(0),
            uncharged: AtomicU64::new(0),
        }
    }

    fn of(tag: Tag) -> &'static Self {
        &PAYERS[usize::from(tag.number())]
    }

    /// The node, if there is one.
    fn node(&self) -> Option<&'static Node> {
        // Acquire: pairs with the exchange in `set_tag_node`. A node is never freed.
        let node = self.node.load(Ordering::Acquire);
        // SAFETY: null, or a node that `set_tag_node` leaked.
        unsafe { node.as_ref() }
    }

    fn count(&self, calls: &HeapCalls) {
        let pairs = [
            (&self.allocations, calls.allocations),
            (&self.reallocations, calls.reallocations),
            (&self.frees, calls.frees),
            (&self.allocated_bytes, calls.allocated_bytes),
            (&self.freed_bytes, calls.freed_bytes),
        ];
        for (figure, more) in pairs {
            if more > 0 {
                figure.fetch_add(more, Ordering::Relaxed);
            }
        }
    }

    fn hold(&self, bytes: usize) {
        let Some(node) = self.node() else { return };
        if node.charge_regardless(bytes) {
            self.past_budget.fetch_add(1, Ordering::Relaxed);
        }
        node.settle();
    }

    fn give_back(&self, bytes: usize) {
        if let Some(node) = self.node() {
            node.refund(bytes);
        }
    }
}

/// Calls `work`, in which the blocks that this thread takes from the program's heap are charged to `tag`: third-party
/// code's too. A block stays charged until it is freed, wherever and whenever that is, also when it is given another size.
/// What was allocated before stays as it was. Scopes nest: the innermost tag pays.
///
/// The bytes, as asked for, are charged to the tag's node ([`tag_node`]) and so to its budget. Nothing can be refused
/// here: **a hard budget acts as a soft one**, and the requests beyond it are counted ([`tag_heap`]). The node's callback
/// ([`set_tag_node`]) is called for a budget that was crossed, hard or soft, when `work` has returned.
///
/// Needs a [`Global`](crate::Global) as the program's allocator; without one nothing is charged
/// ([`heap_is_watched`](super::heap_is_watched)). Blocks in a scope of [`with_arena`](super::with_arena) are the arena's,
/// and not charged.
///
/// Costs a look into a table for each block under a tag, and for each free and reallocation of any thread while such
/// blocks live; a call for each free from the first tag on; nothing in a program that sets none.
///
/// ```
/// use arenite::{Budget, Global, Tag, context::{tag_heap, tag_node, with_tag}};
/// #[global_allocator]
/// static ALLOCATOR: Global = Global::new();
///
/// let sounds = with_tag(Tag::AUDIO, || vec![0u8; 10_000]);
/// assert_eq!(tag_node(Tag::AUDIO).stats().charged, 10_000);
/// drop(sounds);
/// assert_eq!(tag_node(Tag::AUDIO).stats().charged, 0);
///
/// tag_node(Tag::AUDIO).set_budget(Budget { hard: Some(4096), ..Budget::default() });
/// let sounds = with_tag(Tag::AUDIO, || vec![0u8; 10_000]); // served
/// assert_eq!(tag_heap(Tag::AUDIO).past_budget, 1);
/// ```
pub fn with_tag<R>(tag: Tag, work: impl FnOnce() -> R) -> R {
    /// Puts the tag before back, in a panic too.
    struct End(Option<Tag>);
    impl Drop for End {
        fn drop(&mut self) {
            replace(self.0);
        }
    }
    let node = tag_node(tag);
    let end = End(replace(Some(tag)));
    let charging = hooks::flag(hooks::TAG, true);
    let result = work();
    drop((charging, end));
    node.report_crossings();
    result
}

/// Sets the thread's tag; the one before.
pub(super) fn replace(tag: Option<Tag>) -> Option<Tag> {
    TAG.try_with(|slot| slot.replace(tag)).unwrap_or_default()
}

/// The tag that this thread's heap blocks are charged to now.
#[must_use]
pub fn current_tag() -> Option<Tag> {
    TAG.try_with(Cell::get).unwrap_or_default()
}

/// The node of the lifetime tree that heap blocks under `tag` are charged to, named after the tag: for its figures and its
/// budget. Its `charged` is in bytes as asked for; it counts no blocks ([`tag_heap`] does). Made at the first call.
#[must_use]
pub fn tag_node(tag: Tag) -> &'static Node {
    let payer = Payer::of(tag);
    if let Some(node) = payer.node() {
        return node;
    }
    // Made once for all: not a matter of whoever is charged or forbidden the heap now.
    let _ours = (hooks::flag(hooks::TAG, false), hooks::flag(hooks::LISTEN, false));
    let _ = set_tag_node(tag, Node::new(format!("heap of {tag}")).tag(tag).build());
    payer.node().expect("made by now, and never freed")
}

/// Makes `node` the one that heap blocks under `tag` are charged to, for ever: to give it a parent, a name, or a callback
/// for its budget.
///
/// # Errors
/// The node, when there is one already: [`with_tag`] and [`tag_node`] make one.
///
/// ```
/// use arenite::{Node, Tag, context::{set_tag_node, tag_node}};
/// let game = Node::new("game").hard_budget(64 << 20).build();
/// set_tag_node(Tag::PHYSICS, Node::new("physics").parent(&game).build()).expect("as the program starts");
/// assert_eq!(tag_node(Tag::PHYSICS).parent().map(Node::name), Some("game"));
/// ```
pub fn set_tag_node(tag: Tag, node: Node) -> Result<(), Node> {
    let made = Box::into_raw(Box::new(node));
    // Release: whoever sees the node sees it whole.
    match Payer::of(tag).node.compare_exchange(ptr::null_mut(), made, Ordering::Release, Ordering::Relaxed) {
        Ok(_) => Ok(()),
        // SAFETY: made above, and nobody has seen it.
        Err(_) => Err(*unsafe { Box::from_raw(made) }),
    }
}

/// The figures of a tag's heap blocks so far. Two readings of `calls` make a difference
/// ([`HeapCalls::since`]).
#[must_use]
pub fn tag_heap(tag: Tag) -> TagHeap {
    let payer = Payer::of(tag);
    let read = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
    let mut calls = HeapCalls::NONE;
    calls.allocations = read(&payer.allocations);
    calls.reallocations = read(&payer.reallocations);
    calls.frees = read(&payer.frees);
    calls.allocated_bytes = read(&payer.allocated_bytes);
    calls.freed_bytes = read(&payer.freed_bytes);
    TagHeap { calls, past_budget: read(&payer.past_budget), uncharged: read(&payer.uncharged) }
}

/// Whether any block is charged now.
#[inline(always)]
pub(super) fn any_live() -> bool {
    LIVE.load(Ordering::Relaxed) != 0
}

fn shard(block: *mut u8) -> &'static Lock<Table<Charge, Metadata>> {
    // Neighbours of a size class in different parts; the table itself hashes the rest.
    &BLOCKS[(block.addr() >> 4 ^ block.addr() >> 12) % SHARDS]
}

/// Enters a live block. `false`: there is no memory for that.
fn enter(block: *mut u8, charge: Charge) -> bool {
    let mut blocks = shard(block).lock();
    let room = blocks.reserve();
    if room {
        blocks.insert(block.addr(), charge);
    }
    room
}

/// Charges a fresh block to the thread's tag.
pub(super) fn charge(block: *mut u8, call: &Call) {
    let (Some(tag), Call::Alloc { layout, .. }) = (current_tag(), call) else { return };
    let payer = Payer::of(tag);
    LIVE.fetch_add(1, Ordering::Relaxed);
    if enter(block, Charge { size: layout.size(), tag }) {
        payer.hold(layout.size());
        payer.count(&HeapCalls::of(call));
    } else {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        payer.uncharged.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes a block out of the table that is about to be freed or reallocated.
pub(super) fn take(block: *mut u8) -> Option<Charge> {
    shard(block).lock().remove(block.addr())
}

/// Gives a block's bytes back to whom they were charged, before it is freed.
pub(super) fn refund(block: *mut u8, call: &Call) {
    let Some(Charge { size, tag }) = take(block) else { return };
    LIVE.fetch_sub(1, Ordering::Relaxed);
    Payer::of(tag).give_back(size);
    Payer::of(tag).count(&HeapCalls::of(call));
}

/// Enters a block again that was taken out to be reallocated.
pub(super) fn moved(charge: Charge, call: &Call) {
    let Call::Realloc { old, block, size, .. } = *call else { return };
    let payer = Payer::of(charge.tag);
    payer.count(&HeapCalls::of(call));
    let (block, size) = if block.is_null() { (old, charge.size) } else { (block, size) };
    if enter(block, Charge { size, ..charge }) {
        match size.checked_sub(charge.size) {
            Some(more) => payer.hold(more),
            None => payer.give_back(charge.size - size),
        }
    } else {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        payer.give_back(charge.size);
        payer.uncharged.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks, reason = "one block of a heap, used by its layout")]

    use super::*;
    use crate::context::Global;
    use core::alloc::{GlobalAlloc, Layout};
    use std::alloc::System;

    #[test]
    fn frees_look_for_their_payers_only_while_charged_blocks_live() {
        let (heap, layout) = (Global::over(System), Layout::new::<[u64; 4]>());
        let tag = Tag::new(Tag::MAX).unwrap();
        unsafe {
            let free = heap.alloc(layout);
            assert!(!any_live());
            let charged = with_tag(tag, || heap.alloc(layout));
            assert!(any_live());
            heap.dealloc(free, layout);
            assert!(any_live());
            let moved = heap.realloc(charged, layout, 10_000);
            assert!(any_live() && tag_node(tag).stats().charged == 10_000);
            heap.dealloc(moved, Layout::from_size_align_unchecked(10_000, 8));
            assert!(!any_live());
        }
    }
}
