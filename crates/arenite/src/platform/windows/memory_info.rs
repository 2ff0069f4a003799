//! What `VirtualQuery` tells.

/// A run of pages in one state: Windows' `MEMORY_BASIC_INFORMATION`. Addresses and sizes are bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemoryInfo {
    /// The page that was asked about, where the run is told from.
    pub base_address: usize,
    /// Where its region starts; 0 when nothing is there.
    pub allocation_base: usize,
    /// The protection that the region was reserved with; 0 when nothing is there.
    pub allocation_protect: u32,
    /// From the page to the end of the run.
    pub region_size: usize,
    /// `MEM_FREE`, `MEM_RESERVE` or `MEM_COMMIT`.
    pub state: u32,
    /// The protection of its pages; 0 when they are reserved, `PAGE_NOACCESS` when nothing is there.
    pub protect: u32,
    /// `MEM_PRIVATE`, `MEM_MAPPED`, or 0 when nothing is there.
    pub kind: u32,
}

impl MemoryInfo {
    /// Nothing is there.
    pub(super) const fn free(base_address: usize, region_size: usize) -> Self {
        Self {
            base_address,
            allocation_base: 0,
            allocation_protect: 0,
            region_size,
            state: super::constants::MEM_FREE,
            protect: super::constants::PAGE_NOACCESS,
            kind: 0,
        }
    }
}
