//! How much memory the process takes.

use std::{fs::File, io::Read, path::Path};

/// Bytes of the process, where the system tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Footprint {
    /// In physical memory (RSS), the mapped files left out: the program's own text comes in 64 KiB at a time as it is
    /// first run, and says nothing of any allocator.
    pub(crate) resident: Option<usize>,
    /// Writable address space of its own: what heaps have taken from the kernel, used or not.
    pub(crate) writable: Option<usize>,
}

/// The process now. Makes no heap call, so that looking does not change what is seen.
///
/// Resident bytes come from `/proc/self/smaps_rollup`, which counts pages; `/proc/self/statm`, the second choice, may be
/// off by some hundred KiB since Linux 6.2, where each processor keeps a sum of its own.
pub(crate) fn footprint() -> Footprint {
    let mut buffer = [0; 4096];
    let statm = read("/proc/self/statm", &mut buffer).unwrap_or_default();
    let pages = |column: usize| statm.split_ascii_whitespace().nth(column)?.parse::<usize>().ok();
    let bytes = |column| Some(pages(column)? * arenite::source::page_size());
    let (rough, writable) = (bytes(1).zip(bytes(2)).map(|(all, files)| all.saturating_sub(files)), bytes(5));
    let rollup = read("/proc/self/smaps_rollup", &mut buffer).unwrap_or_default();
    Footprint { resident: kib(rollup, "Anonymous:").or(rough), writable }
}

/// The figure of a line such as `Rss:      1788 kB`, in bytes.
pub(super) fn kib(text: &str, name: &str) -> Option<usize> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_ascii_whitespace().next()?.parse::<usize>().ok()? << 10)
}

/// As much of a small file as the buffer holds.
pub(super) fn read(path: impl AsRef<Path>, buffer: &mut [u8]) -> Option<&str> {
    let mut file = File::open(path).ok()?;
    let mut filled = 0;
    while let Ok(more @ 1..) = file.read(&mut buffer[filled..]) {
        filled += more;
    }
    std::str::from_utf8(&buffer[..filled]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_its_name_and_read_as_kib() {
        let text = "Rss:                1788 kB\nPss:                 304 kB\n";
        assert_eq!(kib(text, "Pss:"), Some(304 << 10));
        assert_eq!(kib(text, "Swap:"), None);
        assert_eq!(kib("Rss: much", "Rss:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn touched_memory_becomes_resident() {
        let before = footprint().resident.expect("known on Linux");
        let touched = std::hint::black_box(vec![1u8; 32 << 20]);
        assert!(footprint().resident.expect("known on Linux") > before + (16 << 20));
        assert!(footprint().writable.expect("known on Linux") >= 32 << 20);
        drop(touched);
    }
}
