//! What the machine has.

#[cfg(target_os = "linux")]
use super::cgroup;

/// The machine's memory in bytes, as far as this process may use it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct MachineMemory {
    /// RAM: that of the machine, or the limit of the container (control groups of Linux, versions 1 and 2) when that is
    /// less.
    pub total_ram: u64,
    /// How much of it could be had now without swapping: what is free, and caches that the system would give up.
    pub free_ram: u64,
    /// RAM and swap together.
    pub total_with_swap: u64,
    /// What is free of that.
    pub free_with_swap: u64,
    /// The RAM of the machine itself, whatever the container allows.
    pub installed_ram: u64,
}

/// The figures of now, from the system: a few small files on Linux, one call elsewhere. Never constants; all zero when
/// the system does not tell.
///
/// ```
/// let machine = arenite::platform::machine_memory();
/// assert!(machine.free_ram <= machine.total_ram && machine.total_ram <= machine.installed_ram);
/// # if cfg!(any(target_os = "linux", target_os = "macos", windows)) {
/// assert!(machine.total_ram > 1 << 20);
/// # }
/// ```
#[must_use]
pub fn machine_memory() -> MachineMemory {
    let [installed, free, total_swap, free_swap] = sys::figures();
    let machine = MachineMemory {
        total_ram: installed,
        free_ram: free.min(installed),
        total_with_swap: installed.saturating_add(total_swap),
        free_with_swap: free.min(installed).saturating_add(free_swap),
        installed_ram: installed,
    };
    #[cfg(target_os = "linux")]
    if let Some(group) = cgroup::own_limit() {
        return within(machine, group.limit, group.free);
    }
    machine
}

/// The same machine for who may use `limit` bytes of its RAM, of which `free` are left.
#[cfg(any(target_os = "linux", test))]
fn within(machine: MachineMemory, limit: u64, free: u64) -> MachineMemory {
    let total_ram = machine.total_ram.min(limit);
    let free_ram = machine.free_ram.min(free);
    MachineMemory {
        total_ram,
        free_ram,
        total_with_swap: machine.total_with_swap - machine.total_ram + total_ram,
        free_with_swap: machine.free_with_swap - machine.free_ram + free_ram,
        ..machine
    }
}

/// RAM that could be had now, in bytes: [`MachineMemory::free_ram`]. `usize::MAX` where that is more: a program of 32 bits may
/// run on a machine with more than 4 GiB.
#[must_use]
pub fn get_free_ram() -> usize {
    usize::try_from(machine_memory().free_ram).unwrap_or(usize::MAX)
}

/// RAM, in bytes: [`MachineMemory::total_ram`]. `usize::MAX` where that is more, as in [`get_free_ram`].
#[must_use]
pub fn get_total_ram() -> usize {
    usize::try_from(machine_memory().total_ram).unwrap_or(usize::MAX)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod sys {
    /// RAM, free RAM, swap, free swap.
    pub(super) fn figures() -> [u64; 4] {
        let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let bytes = |name| field(&text, name).map_or(0, |kib| kib.saturating_mul(1024));
        // Kernels before 3.14 do not estimate what caches would give up.
        let free = match field(&text, "MemAvailable") {
            Some(kib) => kib.saturating_mul(1024),
            None => bytes("MemFree").saturating_add(bytes("Cached")).saturating_add(bytes("Buffers")),
        };
        match bytes("MemTotal") {
            0 => from_call(),
            total => [total, free, bytes("SwapTotal"), bytes("SwapFree")],
        }
    }

    #[cfg(target_os = "linux")]
    use super::cgroup::field;

    #[cfg(target_os = "android")]
    fn field(text: &str, name: &str) -> Option<u64> {
        let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
        line.split_ascii_whitespace().nth(1)?.parse().ok()
    }

    /// Without `/proc`.
    fn from_call() -> [u64; 4] {
        // SAFETY: all-zero is a valid `sysinfo`.
        let mut info: libc::sysinfo = unsafe { core::mem::zeroed() };
        // SAFETY: `info` is valid for writing.
        if unsafe { libc::sysinfo(&mut info) } != 0 {
            return [0; 4];
        }
        let unit = u64::from(info.mem_unit.max(1));
        // Words of the system: 32 bits on some.
        #[allow(clippy::unnecessary_cast, reason = "not on every target")]
        let bytes = |units| (units as u64).saturating_mul(unit);
        [bytes(info.totalram), bytes(info.freeram), bytes(info.totalswap), bytes(info.freeswap)]
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn the_call_and_the_file_tell_of_the_same_machine() {
            let (call, file) = (super::from_call(), super::figures());
            assert!(call[0] > 0);
            assert_eq!(call[0] >> 20, file[0] >> 20);
        }
    }
}

#[cfg(target_vendor = "apple")]
mod sys {
    use core::{mem::size_of, ptr};

    fn by_name<T: Copy>(name: &core::ffi::CStr, mut value: T) -> Option<T> {
        let mut size = size_of::<T>();
        // SAFETY: `value` is valid for writing `size` bytes, which is what the system is told.
        let refused =
            unsafe { libc::sysctlbyname(name.as_ptr(), (&raw mut value).cast(), &mut size, ptr::null_mut(), 0) };
        (refused == 0 && size == size_of::<T>()).then_some(value)
    }

    /// RAM, free RAM, swap, free swap.
    pub(super) fn figures() -> [u64; 4] {
        let total: u64 = by_name(c"hw.memsize", 0).unwrap_or(0);
        // SAFETY: all-zero is a valid `xsw_usage`.
        let swap: libc::xsw_usage = unsafe { core::mem::zeroed() };
        let swap = by_name(c"vm.swapusage", swap).map_or([0, 0], |swap| [swap.xsu_total, swap.xsu_avail]);
        [total, free_pages().saturating_mul(crate::source::page_size() as u64), swap[0], swap[1]]
    }

    /// Pages that are free, or that the system takes back first.
    fn free_pages() -> u64 {
        // SAFETY: all-zero is a valid `vm_statistics64`.
        let mut pages: libc::vm_statistics64 = unsafe { core::mem::zeroed() };
        let mut words = libc::HOST_VM_INFO64_COUNT;
        #[allow(deprecated, reason = "the crate that libc points to would be one more dependency")]
        // SAFETY: `pages` has as many words as the system is told.
        let refused = unsafe {
            libc::host_statistics64(libc::mach_host_self(), libc::HOST_VM_INFO64, (&raw mut pages).cast(), &mut words)
        };
        if refused != 0 {
            return 0;
        }
        u64::from(pages.free_count) + u64::from(pages.inactive_count) + u64::from(pages.purgeable_count)
    }
}

#[cfg(windows)]
mod sys {
    use windows_sys::Win32::System::SystemInformation::{GlobalMemoryStatusEx, MEMORYSTATUSEX};

    /// RAM, free RAM, swap, free swap: Windows' page file figures have the RAM in them.
    pub(super) fn figures() -> [u64; 4] {
        // SAFETY: all-zero is a valid MEMORYSTATUSEX.
        let mut status: MEMORYSTATUSEX = unsafe { core::mem::zeroed() };
        status.dwLength = size_of::<MEMORYSTATUSEX>() as u32;
        // SAFETY: `status` is valid for writing, and says how long it is.
        if unsafe { GlobalMemoryStatusEx(&mut status) } == 0 {
            return [0; 4];
        }
        [
            status.ullTotalPhys,
            status.ullAvailPhys,
            status.ullTotalPageFile.saturating_sub(status.ullTotalPhys),
            status.ullAvailPageFile.saturating_sub(status.ullAvailPhys),
        ]
    }
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android", target_vendor = "apple"))))]
mod sys {
    /// RAM, and free RAM where `sysconf` tells it.
    pub(super) fn figures() -> [u64; 4] {
        let count = |name| {
            // SAFETY: `sysconf` reads a figure of the system.
            u64::try_from(unsafe { libc::sysconf(name) }).unwrap_or(0)
        };
        let page = crate::source::page_size() as u64;
        let total = count(libc::_SC_PHYS_PAGES).saturating_mul(page);
        #[cfg(any(target_os = "solaris", target_os = "illumos"))]
        let free = count(libc::_SC_AVPHYS_PAGES).saturating_mul(page);
        #[cfg(not(any(target_os = "solaris", target_os = "illumos")))]
        let free = 0;
        [total, free, 0, 0]
    }
}

#[cfg(not(any(unix, windows)))]
mod sys {
    /// There is nobody to ask.
    pub(super) fn figures() -> [u64; 4] {
        [0; 4]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: MachineMemory = MachineMemory {
        total_ram: 1000,
        free_ram: 600,
        total_with_swap: 1500,
        free_with_swap: 1000,
        installed_ram: 1000,
    };

    #[test]
    fn a_container_has_its_limit_and_what_the_machine_itself_has_left() {
        let tight = within(MACHINE, 300, 100);
        assert_eq!((tight.total_ram, tight.free_ram, tight.installed_ram), (300, 100, 1000));
        assert_eq!((tight.total_with_swap, tight.free_with_swap), (800, 500));
        let wide = within(MACHINE, 5000, 4000);
        assert_eq!(wide, MACHINE, "a limit above the machine's RAM is none");
    }

    #[test]
    fn figures_are_the_machines_own() {
        let machine = machine_memory();
        assert!(machine.free_ram <= machine.total_ram && machine.free_with_swap <= machine.total_with_swap);
        assert_eq!(
            get_total_ram() as u64,
            machine.total_ram.min(usize::MAX as u64),
            "more than 32 bits count is all of them"
        );
        assert!(get_free_ram() > 0);
    }
}
