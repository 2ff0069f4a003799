//! The allocators of the library in the other versions of `allocator-api2`.
//!
//! The library speaks version 0.2, as hashbrown does; with the feature `nightly` that is the standard library's own
//! `Allocator`. Later versions are traits of their own with the same contract, so each feature is one more
//! implementation that relays.

/// Implements the `Allocator` of one version for what has that of 0.2.
macro_rules! speak {
    ($api:ident: $([$($generics:tt)*] $speaker:ty;)*) => {$(
        // SAFETY: the same methods with the same contract; only the type of a refusal differs, which holds nothing.
        unsafe impl<$($generics)*> $api::alloc::Allocator for $speaker {
            #[inline(always)]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, $api::alloc::AllocError> {
                Allocator::allocate(self, layout).map_err(|_| $api::alloc::AllocError)
            }

            #[inline(always)]
            fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, $api::alloc::AllocError> {
                Allocator::allocate_zeroed(self, layout).map_err(|_| $api::alloc::AllocError)
            }

            #[inline(always)]
            unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
                // SAFETY: the caller's promise.
                unsafe { Allocator::deallocate(self, memory, layout) }
            }

            #[inline(always)]
            unsafe fn grow(
                &self,
                memory: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, $api::alloc::AllocError> {
                // SAFETY: the caller's promise.
                unsafe { Allocator::grow(self, memory, old, new) }.map_err(|_| $api::alloc::AllocError)
            }

            #[inline(always)]
            unsafe fn grow_zeroed(
                &self,
                memory: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, $api::alloc::AllocError> {
                // SAFETY: the caller's promise.
                unsafe { Allocator::grow_zeroed(self, memory, old, new) }.map_err(|_| $api::alloc::AllocError)
            }

            #[inline(always)]
            unsafe fn shrink(
                &self,
                memory: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, $api::alloc::AllocError> {
                // SAFETY: the caller's promise.
                unsafe { Allocator::shrink(self, memory, old, new) }.map_err(|_| $api::alloc::AllocError)
            }
        }
    )*};
}

/// Every allocator of the library, in one version. Anybody else's `DynAllocator` speaks through `&dyn DynAllocator`.
macro_rules! all_speak {
    ($api:ident) => {
        speak! { $api:
            [] &Handle;
            [] &Arena;
            [] &BufferArena<'_>;
            [] &Scope<'_>;
            [] &Claim<'_>;
            [const N: usize] &FixedBuffer<N>;
            [] dyn DynAllocator + '_;
        }
        #[cfg(feature = "pool")]
        speak! { $api:
            [] &crate::pool::BlockPool<'_>;
            [] &crate::pool::ChunkedBlockPool;
        }
        #[cfg(feature = "shared")]
        speak! { $api:
            [] &crate::SharedArena;
            [] &crate::SharedLocal<'_>;
        }
        #[cfg(all(feature = "shared", feature = "std"))]
        speak! { $api:
            [] &crate::ThreadBlocks;
            [] &crate::LocalBlocks<'_>;
        }
        #[cfg(feature = "two-ended")]
        speak! { $api:
            [const HIGH: bool] &crate::End<'_, HIGH>;
        }
        #[cfg(feature = "heap")]
        speak! { $api:
            [] &crate::Heap;
            [] &crate::BufferHeap<'_>;
        }
        #[cfg(feature = "context")]
        speak! { $api:
            [] crate::context::CurrentAlloc<'_>;
            [] crate::context::CountedAlloc;
        }
        #[cfg(feature = "layer")]
        speak! { $api:
            [T: layer::Settled] layer::Owned<T>;
            [A: Allocator] layer::Plain<A>;
            [A: DynAllocator] layer::Limited<A>;
            [A: DynAllocator] layer::Shared<A>;
            [A: DynAllocator] layer::Failing<A>;
            [A: DynAllocator, B: DynAllocator] layer::Fallback<A, B>;
            [S: DynAllocator, L: DynAllocator] layer::Segregated<S, L>;
            [A: DynAllocator, M: Allocator + Clone] layer::Tracked<A, M>;
            [A: DynAllocator, M: Allocator + Clone] layer::Here<'_, A, M>;
            [A: DynAllocator] layer::Watched<A>;
            [A: DynAllocator] layer::WatchedHere<'_, A>;
        }
        #[cfg(all(feature = "layer", feature = "std"))]
        speak! { $api:
            [M: Allocator + Clone] layer::Unmapping<M>;
        }
    };
}

#[cfg(feature = "allocator-api2-03")]
mod v03 {
    use super::*;
    all_speak!(allocator_api2_03);
}

#[cfg(feature = "allocator-api2-04")]
mod v04 {
    use super::*;
    all_speak!(allocator_api2_04);
}

#[cfg(feature = "layer")]
use crate::layer;
use crate::{Arena, BufferArena, Claim, DynAllocator, FixedBuffer, Handle, Scope};
use allocator_api2::alloc::Allocator;
use core::{alloc::Layout, ptr::NonNull};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Limited, Owned};

    /// A vector and a box of one version, in an arena and in whatever is only known by the interface.
    #[allow(unused_macros)] // Without one of the features there is no version to test.
    macro_rules! holds_its_values {
        ($test:ident, $api:ident) => {
            #[test]
            fn $test() {
                let arena = Arena::new();
                let mut squares = $api::vec::Vec::new_in(&arena);
                squares.extend((0..1000u64).map(|n| n * n));
                assert!(arena.owns(squares.as_ptr()) && squares[999] == 999 * 999);

                let boxed = $api::boxed::Box::new_in(7u32, Limited::new(Owned::new(Arena::new()), 4));
                assert_eq!(*boxed, 7);

                let scope = arena.scope();
                let memory: &dyn DynAllocator = &&scope;
                let mut words = $api::vec::Vec::new_in(memory);
                words.extend(["of", "this", "version"]);
                words.shrink_to_fit();
                assert_eq!(words.concat(), "ofthisversion");
            }
        };
    }

    #[cfg(feature = "allocator-api2-03")]
    holds_its_values!(collections_of_version_0_3_live_in_arenas_and_layers, allocator_api2_03);
    #[cfg(feature = "allocator-api2-04")]
    holds_its_values!(collections_of_version_0_4_live_in_arenas_and_layers, allocator_api2_04);
}
