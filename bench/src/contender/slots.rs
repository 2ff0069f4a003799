//! Pools: objects of one type that come and go one by one.

use super::Heap;
use crate::keep::keep;
use arenite::pool::{BlockPool, BlockPoolOptions, ChunkedBlockPool, HandlePool, Pool, PoolBox, PoolHandle};
use std::{
    alloc::{GlobalAlloc, Layout},
    marker::PhantomData,
    ptr::{NonNull, without_provenance},
};

/// What is kept in pools.
pub(crate) type Object = [u64; 8];

/// Places for objects.
pub(crate) trait Slots: 'static {
    /// What a place is known by, and given back by.
    type Key;
    /// How they are reached by who uses them: `&` where that is enough, else `&mut`. A kernel takes it by value, as a
    /// function of a program would.
    type Reach<'a>;
    /// The way to them.
    fn reach(&mut self) -> Self::Reach<'_>;
    /// Moves an object in.
    fn put(slots: &mut Self::Reach<'_>, object: Object) -> Self::Key;
    /// Makes the compiler have moved it in.
    fn look(key: &Self::Key);
    /// Takes the object out and drops it.
    ///
    /// # Safety
    /// The key of an object that is in.
    unsafe fn end(slots: &mut Self::Reach<'_>, key: Self::Key);
}

/// Through a shared reference.
macro_rules! shared {
    () => {
        type Reach<'a> = &'a Self;

        #[inline(always)]
        fn reach(&mut self) -> &Self {
            self
        }
    };
}

/// Through an exclusive one, and seen by others before: so that the state lives in memory as it would in a program.
macro_rules! exclusive {
    () => {
        type Reach<'a> = &'a mut Self;

        #[inline(always)]
        fn reach(&mut self) -> &mut Self {
            keep::<Self>(self);
            self
        }
    };
}

/// For keys that are numbers: what is reachable from anywhere must be in place.
#[inline(always)]
fn look_number(key: usize) {
    keep(without_provenance::<u8>(key));
}

/// [`Pool`], whose boxes borrow it.
pub(crate) struct Typed(&'static Pool<Object>);

impl Typed {
    pub(crate) fn new() -> Self {
        Self(Box::leak(Box::new(Pool::new())))
    }
}

impl Slots for Typed {
    type Key = PoolBox<'static, Object>;
    type Reach<'a> = &'static Pool<Object>;

    #[inline(always)]
    fn reach(&mut self) -> &'static Pool<Object> {
        self.0
    }

    #[inline(always)]
    fn put(pool: &mut Self::Reach<'_>, object: Object) -> Self::Key {
        pool.alloc(object)
    }

    #[inline(always)]
    fn look(key: &Self::Key) {
        keep::<Object>(&raw const **key);
    }

    #[inline(always)]
    unsafe fn end(_pool: &mut Self::Reach<'_>, key: Self::Key) {
        drop(key);
    }
}

/// [`Pool`] by bare addresses, as Zig's pool is used: one word for each object, and no borrow.
pub(crate) struct Raw(Pool<Object>);

impl Raw {
    pub(crate) fn new() -> Self {
        Self(Pool::new())
    }
}

impl Slots for Raw {
    type Key = NonNull<Object>;
    shared!();

    #[inline(always)]
    fn put(slots: &mut Self::Reach<'_>, object: Object) -> Self::Key {
        slots.0.alloc(object).into_raw()
    }

    #[inline(always)]
    fn look(key: &Self::Key) {
        keep(key.as_ptr());
    }

    #[inline(always)]
    unsafe fn end(slots: &mut Self::Reach<'_>, key: Self::Key) {
        // SAFETY: the caller's promise.
        drop(unsafe { slots.0.from_raw(key) });
    }
}

impl Slots for HandlePool<Object> {
    type Key = PoolHandle<Object>;
    exclusive!();

    #[inline(always)]
    fn put(slots: &mut Self::Reach<'_>, object: Object) -> Self::Key {
        slots.insert(object)
    }

    #[inline(always)]
    fn look(key: &Self::Key) {
        // A handle has no address; it is as good as any number that was made of it.
        keep::<Self::Key>(key);
    }

    #[inline(always)]
    unsafe fn end(slots: &mut Self::Reach<'_>, key: Self::Key) {
        slots.remove(key);
    }
}

/// Raw blocks as places, for what hands them out.
macro_rules! blocks {
    ($pool:ty) => {
        impl Slots for $pool {
            type Key = NonNull<Object>;
            shared!();

            #[inline(always)]
            fn put(slots: &mut Self::Reach<'_>, object: Object) -> Self::Key {
                let block = slots.alloc().cast::<Object>();
                // SAFETY: a block made for objects.
                unsafe { block.write(object) };
                block
            }

            #[inline(always)]
            fn look(key: &Self::Key) {
                keep(key.as_ptr());
            }

            #[inline(always)]
            unsafe fn end(slots: &mut Self::Reach<'_>, key: Self::Key) {
                // SAFETY: the caller's promise.
                unsafe { slots.free(key.cast()) }
            }
        }
    };
}

blocks!(BlockPool<'static>);
blocks!(ChunkedBlockPool);

/// A checked pool of blocks in a reserved range.
pub(crate) fn block_pool() -> BlockPool<'static> {
    BlockPoolOptions::new(size_of::<Object>()).reserve(64 << 20).build()
}

/// A checked pool of blocks that grows by chunks.
pub(crate) fn chunked_block_pool() -> ChunkedBlockPool {
    BlockPoolOptions::new(size_of::<Object>()).build_chunked()
}

impl Slots for slab::Slab<Object> {
    type Key = usize;
    exclusive!();

    #[inline(always)]
    fn put(slots: &mut Self::Reach<'_>, object: Object) -> usize {
        slots.insert(object)
    }

    #[inline(always)]
    fn look(&key: &usize) {
        look_number(key);
    }

    #[inline(always)]
    unsafe fn end(slots: &mut Self::Reach<'_>, key: usize) {
        slots.remove(key);
    }
}

impl Slots for slotmap::SlotMap<slotmap::DefaultKey, Object> {
    type Key = slotmap::DefaultKey;
    exclusive!();

    #[inline(always)]
    fn put(slots: &mut Self::Reach<'_>, object: Object) -> Self::Key {
        slots.insert(object)
    }

    #[inline(always)]
    fn look(key: &Self::Key) {
        use slotmap::Key;
        look_number(key.data().as_ffi() as usize);
    }

    #[inline(always)]
    unsafe fn end(slots: &mut Self::Reach<'_>, key: Self::Key) {
        slots.remove(key);
    }
}

impl Slots for sharded_slab::Slab<Object> {
    type Key = usize;
    shared!();

    #[inline(always)]
    fn put(slots: &mut Self::Reach<'_>, object: Object) -> usize {
        slots.insert(object).expect("room")
    }

    #[inline(always)]
    fn look(&key: &usize) {
        look_number(key);
    }

    #[inline(always)]
    unsafe fn end(slots: &mut Self::Reach<'_>, key: usize) {
        slots.remove(key);
    }
}

/// forge-alloc's typed slab, of fixed capacity.
pub(crate) type ForgeSlab = forge_alloc::Slab<Object, forge_alloc::MmapBacked>;

/// One with room for so many.
pub(crate) fn forge_slab(capacity: usize) -> ForgeSlab {
    let backing = forge_alloc::MmapBacked::new((capacity * size_of::<Object>()).next_multiple_of(4096) + 65536);
    forge_alloc::Slab::new(capacity, backing.expect("address space")).expect("room for the objects")
}

/// What it wants to know.
fn forge_layout() -> forge_alloc::NonZeroLayout {
    Layout::new::<Object>().try_into().expect("not empty")
}

impl Slots for ForgeSlab {
    type Key = NonNull<Object>;
    shared!();

    #[inline(always)]
    fn put(slots: &mut Self::Reach<'_>, object: Object) -> Self::Key {
        use forge_alloc::Allocator;
        let block = slots.allocate(forge_layout()).expect("room").cast::<Object>();
        // SAFETY: a block made for objects.
        unsafe { block.write(object) };
        block
    }

    #[inline(always)]
    fn look(key: &Self::Key) {
        keep(key.as_ptr());
    }

    #[inline(always)]
    unsafe fn end(slots: &mut Self::Reach<'_>, key: Self::Key) {
        use forge_alloc::Deallocator;
        // SAFETY: the caller's promise.
        unsafe { slots.deallocate(key.cast(), forge_layout()) }
    }
}

/// A heap of the process, for objects.
pub(crate) struct HeapSlots<H>(PhantomData<H>);

impl<H: Heap> HeapSlots<H> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<H: Heap> Slots for HeapSlots<H> {
    type Key = *mut Object;
    shared!();

    #[inline(always)]
    fn put(_slots: &mut Self::Reach<'_>, object: Object) -> Self::Key {
        // SAFETY: the layout is not empty, and the block as large as the object.
        unsafe {
            let block = H::HEAP.alloc(Layout::new::<Object>()).cast::<Object>();
            block.write(object);
            block
        }
    }

    #[inline(always)]
    fn look(key: &Self::Key) {
        keep(*key);
    }

    #[inline(always)]
    unsafe fn end(_slots: &mut Self::Reach<'_>, key: Self::Key) {
        // SAFETY: the caller's promise.
        unsafe { H::HEAP.dealloc(key.cast(), Layout::new::<Object>()) }
    }
}

/// No pool: the object is written to the one place there is.
pub(crate) struct OnePlace(pub(crate) Box<Object>);

impl Slots for OnePlace {
    type Key = *mut Object;
    exclusive!();

    #[inline(always)]
    fn put(slots: &mut Self::Reach<'_>, object: Object) -> Self::Key {
        let place = &raw mut *slots.0;
        // SAFETY: our own.
        unsafe { place.write(object) };
        place
    }

    #[inline(always)]
    fn look(key: &Self::Key) {
        keep(*key);
    }

    #[inline(always)]
    unsafe fn end(_slots: &mut Self::Reach<'_>, key: Self::Key) {
        // The loop has to have the key at hand.
        keep(key);
    }
}

/// [`arenite::ThreadBlocks`] as any thread has them.
pub(crate) struct Shared(pub(crate) arenite::ThreadBlocks);

/// A thread's end of them.
pub(crate) struct Local(arenite::LocalBlocks<'static>);

impl Local {
    pub(crate) fn new() -> Self {
        let blocks: &'static arenite::ThreadBlocks = Box::leak(Box::default());
        Self(blocks.local())
    }
}

macro_rules! sized_blocks {
    ($slots:ty) => {
        impl Slots for $slots {
            type Key = NonNull<Object>;
            shared!();

            #[inline(always)]
            fn put(slots: &mut Self::Reach<'_>, object: Object) -> Self::Key {
                let block = slots.0.alloc(Layout::new::<Object>()).cast::<Object>();
                // SAFETY: a block of this layout.
                unsafe { block.write(object) };
                block
            }

            #[inline(always)]
            fn look(key: &Self::Key) {
                keep(key.as_ptr());
            }

            #[inline(always)]
            unsafe fn end(slots: &mut Self::Reach<'_>, key: Self::Key) {
                // SAFETY: the caller's promise.
                unsafe { slots.0.free(key.cast(), Layout::new::<Object>()) }
            }
        }
    };
}

sized_blocks!(Shared);
sized_blocks!(Local);
