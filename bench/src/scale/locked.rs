//! How many of the instructions that ran held a lock: callgrind's count of each address, and the disassembly of what lies there.

use super::measure;
use std::{
    collections::{BTreeMap, HashSet},
    env, fs, io,
    process::Command,
};

/// Locked instructions for one operation of `contender` with 64 threads.
pub(super) fn per_operation(contender: &str) -> io::Result<f64> {
    let out = env::temp_dir().join(format!("bench-locked-{}.out", std::process::id()));
    let path = out.to_str().ok_or_else(|| io::Error::other("a folder for temporary files whose name is text"))?;
    let more = ["--dump-instr=yes", "--compress-pos=no", "--compress-strings=no"];
    let (operations, _) = measure::under_callgrind(&format!("threads64/{contender}"), 64, path, &more)?;
    let ran = by_object(&fs::read_to_string(&out)?);
    fs::remove_file(&out)?;
    let mut locked = 0;
    for (object, addresses) in ran.iter().filter(|(object, _)| fs::exists(object).unwrap_or(false)) {
        let with_lock = locked_addresses(object)?;
        locked +=
            addresses.iter().filter(|(address, _)| with_lock.contains(address)).map(|(_, count)| count).sum::<u64>();
    }
    Ok(locked as f64 / operations)
}

/// From an object's path to how often each of its addresses was executed.
fn by_object(profile: &str) -> BTreeMap<String, BTreeMap<u64, u64>> {
    let mut objects: BTreeMap<String, BTreeMap<u64, u64>> = BTreeMap::new();
    let (mut object, mut inclusive) = (String::new(), false);
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("ob=") {
            name.clone_into(&mut object);
        } else if line.starts_with("calls=") {
            // The next line is what the callee took, and is in the callee's own lines.
            inclusive = true;
        } else if let Some(rest) = line.strip_prefix("0x") {
            let mut words = rest.split(' ');
            let address = words.next().and_then(|word| u64::from_str_radix(word, 16).ok());
            let count = words.nth(1).and_then(|word| word.parse::<u64>().ok());
            if let (Some(address), Some(count), false) = (address, count, inclusive) {
                *objects.entry(object.clone()).or_default().entry(address).or_default() += count;
            }
            inclusive = false;
        }
    }
    objects
}

/// Addresses of the instructions that lock the bus: with the prefix, and exchanges with memory, which need none.
fn locked_addresses(object: &str) -> io::Result<HashSet<u64>> {
    let output = Command::new("objdump").args(["-d", "--no-show-raw-insn", object]).output().map_err(|error| {
        io::Error::other(format!("`objdump` tells which instructions hold a lock: {error} (install binutils)"))
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(locked_address).collect())
}

fn locked_address(line: &str) -> Option<u64> {
    let (address, instruction) = line.split_once(":\t")?;
    let locks = instruction.starts_with("lock ") || instruction.starts_with("xchg ") && instruction.contains('(');
    u64::from_str_radix(address.trim(), 16).ok().filter(|_| locks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_callee_took_is_not_counted_for_its_caller_too() {
        let profile =
            "ob=/a\nfn=main\n0x10 1 5\n0x14 2 7\ncalls=1 0x30 9\n0x14 2 900\n0x10 1 1\nob=/b\nfn=f\n0x30 9 900\n";
        let ran = by_object(profile);
        assert_eq!(ran["/a"], BTreeMap::from([(0x10, 6), (0x14, 7)]));
        assert_eq!(ran["/b"], BTreeMap::from([(0x30, 900)]));
    }

    #[test]
    fn prefixes_and_exchanges_with_memory_lock() {
        assert_eq!(locked_address("  401136:\tlock cmpxchg %rcx,(%rdi)"), Some(0x40_1136));
        assert_eq!(locked_address("  401140:\txchg   %eax,0x8(%rdi)"), Some(0x40_1140));
        assert_eq!(locked_address("  401140:\txchg   %ax,%ax"), None);
        assert_eq!(locked_address("  401150:\tmov    %rax,(%rdi)"), None);
        assert_eq!(locked_address("0000000000401136 <main>:"), None);
    }
}
