//! Both allocator traits for what holds a `dyn DynAllocator`.

/// Implements `Allocator` and `DynAllocator` by those of the allocator that `$inner` names.
macro_rules! relays {
    ($relay:ty: |$own:ident| $inner:expr) => {
        // SAFETY: relays to the same allocator, which the value keeps valid; a copy or clone of it names the same one.
        unsafe impl allocator_api2::alloc::Allocator for $relay {
            #[inline]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                let $own = self;
                ($inner).allocate(layout)
            }

            #[inline]
            fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                let $own = self;
                ($inner).allocate_zeroed(layout)
            }

            #[inline]
            unsafe fn deallocate(&self, memory: NonNull<u8>, layout: Layout) {
                let $own = self;
                // SAFETY: the caller's promise.
                unsafe { ($inner).deallocate(memory, layout) }
            }

            #[inline]
            unsafe fn grow(
                &self,
                memory: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                let $own = self;
                // SAFETY: the caller's promise.
                unsafe { ($inner).grow(memory, old, new) }
            }

            #[inline]
            unsafe fn grow_zeroed(
                &self,
                memory: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                let $own = self;
                // SAFETY: the caller's promise.
                unsafe { ($inner).grow_zeroed(memory, old, new) }
            }

            #[inline]
            unsafe fn shrink(
                &self,
                memory: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                let $own = self;
                // SAFETY: the caller's promise.
                unsafe { ($inner).shrink(memory, old, new) }
            }
        }

        // SAFETY: as above.
        unsafe impl DynAllocator for $relay {
            #[inline]
            fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
                let $own = self;
                ($inner).try_allocate(layout)
            }

            unsafe fn try_deallocate(&self, memory: NonNull<u8>, layout: Layout) -> Result<(), FreeError> {
                let $own = self;
                // SAFETY: the caller's promise.
                unsafe { ($inner).try_deallocate(memory, layout) }
            }

            unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, new_size: usize) -> bool {
                let $own = self;
                // SAFETY: the caller's promise.
                unsafe { ($inner).resize(memory, old, new_size) }
            }

            unsafe fn usable_size(&self, memory: NonNull<u8>, layout: Layout) -> usize {
                let $own = self;
                // SAFETY: the caller's promise.
                unsafe { ($inner).usable_size(memory, layout) }
            }

            fn owns(&self, address: *const u8) -> bool {
                let $own = self;
                ($inner).owns(address)
            }

            fn capabilities(&self) -> Capabilities {
                let $own = self;
                ($inner).capabilities()
            }

            unsafe fn reset(&self, mode: ResetMode) -> Result<(), ResetError> {
                let $own = self;
                // SAFETY: the caller's promise.
                unsafe { ($inner).reset(mode) }
            }

            fn stats(&self) -> AllocatorStats {
                let $own = self;
                ($inner).stats()
            }
        }
    };
}

pub(super) use relays;
