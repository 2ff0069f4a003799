//! `GlobalMemoryStatusEx`.

use super::os::END;
use crate::platform::machine_memory;

/// The machine's memory as Windows tells it: the fields of `MEMORYSTATUSEX`, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemoryStatus {
    /// How much of the RAM is in use, in percent.
    pub memory_load: u32,
    /// RAM, at most what a container may use.
    pub total_phys: u64,
    /// How much of it could be had now.
    pub avail_phys: u64,
    /// RAM and swap.
    pub total_page_file: u64,
    /// How much of that could be had now.
    pub avail_page_file: u64,
    /// Addresses that a program can use.
    pub total_virtual: u64,
    /// How many of them are free: where the system does not say, all of them.
    pub avail_virtual: u64,
}

/// The figures of now; see [`machine_memory`].
///
/// ```
/// let status = arenite::platform::windows::global_memory_status();
/// assert!(status.memory_load <= 100 && status.avail_phys <= status.total_phys);
/// ```
#[must_use]
pub fn global_memory_status() -> MemoryStatus {
    let machine = machine_memory();
    let used = machine.total_ram - machine.free_ram;
    let total_virtual = END as u64 - super::os::GRANULE as u64;
    MemoryStatus {
        memory_load: (used as u128 * 100 / u128::from(machine.total_ram.max(1))) as u32,
        total_phys: machine.total_ram,
        avail_phys: machine.free_ram,
        total_page_file: machine.total_with_swap,
        avail_page_file: machine.free_with_swap,
        total_virtual,
        avail_virtual: total_virtual - used_addresses().min(total_virtual),
    }
}

/// Address space that the process uses.
fn used_addresses() -> u64 {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // The first number of statm: pages of address space.
        let pages = std::fs::read_to_string("/proc/self/statm").ok();
        let pages = pages.and_then(|text| text.split_ascii_whitespace().next()?.parse::<u64>().ok());
        pages.unwrap_or(0).saturating_mul(crate::source::page_size() as u64)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    0
}
