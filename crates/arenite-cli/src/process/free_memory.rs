//! How much memory is left for the taking.

use super::resident::{kib, read};

/// Bytes that the machine and the process's container have left; `None` where the system does not tell.
pub(crate) fn free_memory() -> Option<usize> {
    let mut buffer = [0; 4096];
    let machine = kib(read("/proc/meminfo", &mut buffer)?, "MemAvailable:")?;
    let container = || -> Option<usize> {
        let mut buffer = [0; 64];
        let most: usize = read("/sys/fs/cgroup/memory.max", &mut buffer)?.trim().parse().ok()?;
        let used: usize = read("/sys/fs/cgroup/memory.current", &mut buffer)?.trim().parse().ok()?;
        Some(most.saturating_sub(used))
    };
    Some(machine.min(container().unwrap_or(usize::MAX)))
}
