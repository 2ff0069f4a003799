//! Memory that `VirtualAlloc` did not hand out: stacks, code, other heaps.

use super::MemoryInfo;

/// What the system knows of the page at `address`, which is in no region of ours; the next of ours, or the end of all,
/// is at `end`.
pub(super) fn ask(address: usize, end: usize) -> MemoryInfo {
    sys::ask(address, end)
}

#[cfg(any(target_os = "linux", target_os = "android", test))]
fn among(maps: &str, address: usize, end: usize) -> MemoryInfo {
    use super::constants::{
        MEM_COMMIT, MEM_MAPPED, MEM_PRIVATE, PAGE_EXECUTE, PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_NOACCESS,
        PAGE_READONLY, PAGE_READWRITE,
    };
    for line in maps.lines() {
        // "7f00-7f10 r-xp 00000000 08:01 1234 /lib/libc.so"
        let mut words = line.split_ascii_whitespace();
        let (Some(range), Some(access)) = (words.next(), words.next()) else { continue };
        let Some((first, last)) = range.split_once('-') else { continue };
        let (Ok(first), Ok(last)) = (usize::from_str_radix(first, 16), usize::from_str_radix(last, 16)) else {
            continue;
        };
        if last <= address {
            continue;
        }
        if first > address {
            return MemoryInfo::free(address, first.min(end) - address);
        }
        let protect = match (access.contains('x'), access.contains('w'), access.contains('r')) {
            (true, true, _) => PAGE_EXECUTE_READWRITE,
            (true, false, true) => PAGE_EXECUTE_READ,
            (true, false, false) => PAGE_EXECUTE,
            (false, true, _) => PAGE_READWRITE,
            (false, false, true) => PAGE_READONLY,
            (false, false, false) => PAGE_NOACCESS,
        };
        let of_a_file = words.nth(2).is_some_and(|inode| inode != "0") || access.ends_with('s');
        return MemoryInfo {
            base_address: address,
            allocation_base: first,
            allocation_protect: protect,
            region_size: last.min(end) - address,
            state: MEM_COMMIT,
            protect,
            kind: if of_a_file { MEM_MAPPED } else { MEM_PRIVATE },
        };
    }
    MemoryInfo::free(address, end - address)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod sys {
    use super::{MemoryInfo, among};

    pub(super) fn ask(address: usize, end: usize) -> MemoryInfo {
        among(&std::fs::read_to_string("/proc/self/maps").unwrap_or_default(), address, end)
    }
}

#[cfg(windows)]
mod sys {
    use super::MemoryInfo;
    use core::{mem::size_of, ptr};
    use windows_sys::Win32::System::Memory::{MEMORY_BASIC_INFORMATION, VirtualQuery};

    pub(super) fn ask(address: usize, end: usize) -> MemoryInfo {
        // SAFETY: all-zero is a valid MEMORY_BASIC_INFORMATION.
        let mut info: MEMORY_BASIC_INFORMATION = unsafe { core::mem::zeroed() };
        let size = size_of::<MEMORY_BASIC_INFORMATION>();
        // SAFETY: `info` is valid for writing so many bytes; any address may be asked about.
        if unsafe { VirtualQuery(ptr::with_exposed_provenance(address), &mut info, size) } == 0 {
            return MemoryInfo::free(address, end - address);
        }
        MemoryInfo {
            base_address: info.BaseAddress.addr(),
            allocation_base: info.AllocationBase.addr(),
            allocation_protect: info.AllocationProtect,
            region_size: info.RegionSize,
            state: info.State,
            protect: info.Protect,
            kind: info.Type,
        }
    }
}

/// Nobody can be asked: what is not ours is said to be free.
#[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
mod sys {
    use super::MemoryInfo;

    pub(super) fn ask(address: usize, end: usize) -> MemoryInfo {
        MemoryInfo::free(address, end - address)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::constants::*, *};

    const MAPS: &str = "\
00010000-00012000 r-xp 00000000 08:01 77 /bin/game
00012000-00013000 rw-p 00000000 00:00 0 [heap]
00020000-00021000 ---p 00000000 00:00 0
nonsense
";

    #[test]
    fn mappings_of_others_and_the_gaps_between_them_are_told() {
        let code = among(MAPS, 0x11000, 0x100000);
        assert_eq!((code.allocation_base, code.region_size), (0x10000, 0x1000));
        assert_eq!((code.state, code.protect, code.kind), (MEM_COMMIT, PAGE_EXECUTE_READ, MEM_MAPPED));
        let heap = among(MAPS, 0x12000, 0x100000);
        assert_eq!((heap.protect, heap.kind), (PAGE_READWRITE, MEM_PRIVATE));
        assert_eq!(among(MAPS, 0x13000, 0x100000), MemoryInfo::free(0x13000, 0xD000));
        assert_eq!(among(MAPS, 0x13000, 0x15000), MemoryInfo::free(0x13000, 0x2000), "up to our own");
        assert_eq!(among(MAPS, 0x20000, 0x100000).protect, PAGE_NOACCESS);
        assert_eq!(among(MAPS, 0x30000, 0x100000), MemoryInfo::free(0x30000, 0xD0000));
        assert_eq!(among("", 0x1000, 0x2000), MemoryInfo::free(0x1000, 0x1000));
    }
}
