//! What a first use costs: one measurement in a process of its own, that nothing has warmed up.

use crate::{
    kernel::{Kernel, Section, Work},
    measure::Times,
};
use serde::{Deserialize, Serialize};
use std::{env, io, process::Command};

/// What a fresh process reports about its one measurement.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) struct Once {
    /// For an operation.
    pub nanoseconds: f64,
    /// Pages faulted in while it ran.
    pub minor_faults: u64,
    /// Largest resident size of the process, KiB.
    pub resident_kib: u64,
    /// What the process gained in resident memory for an operation, KiB.
    pub grown_kib: f64,
}

/// The measurement itself; to be called in a fresh process.
pub(crate) fn measure(section: &Section, kernel: &Kernel) -> Option<Once> {
    let mut work = kernel.start?();
    let (before, resident_before) = (minor_faults(), status_kib("VmRSS:"));
    let operations = match work {
        Work::Loop(_) | Work::Timed(_) => section.step,
        Work::Call(_) => 1,
    };
    let nanoseconds = work.time(operations).as_nanos() as f64 / operations as f64;
    let minor_faults = minor_faults() - before;
    let grown_kib = (status_kib("VmRSS:") as f64 - resident_before as f64) / operations as f64;
    Some(Once { nanoseconds, minor_faults, resident_kib: status_kib("VmHWM:"), grown_kib })
}

/// The section's kernels, each in `processes` fresh processes, in turn.
pub(crate) fn processes(section: &Section, processes: usize) -> io::Result<Vec<Option<(Times, Once)>>> {
    let mut runs: Vec<Vec<Once>> = section.kernels.iter().map(|_| Vec::new()).collect();
    for _ in 0..processes {
        for (kernel, runs) in section.kernels.iter().zip(&mut runs) {
            if kernel.start.is_none() {
                continue;
            }
            let output = Command::new(env::current_exe()?)
                .args(["once", &section.kernel_name(kernel)])
                .envs(kernel.heap.map(|heap| ("BENCH_HEAP", heap)))
                .output()?;
            runs.push(serde_json::from_slice(&output.stdout).map_err(|error| {
                let text = String::from_utf8_lossy(&output.stderr).into_owned();
                io::Error::other(format!("{} in its own process: {error}\n{text}", kernel.name))
            })?);
        }
    }
    let summed = |runs: Vec<Once>| {
        let best = runs.iter().min_by(|a, b| a.nanoseconds.total_cmp(&b.nanoseconds)).copied()?;
        Some((Times::of(runs.iter().map(|once| once.nanoseconds).collect())?, best))
    };
    Ok(runs.into_iter().map(summed).collect())
}

/// Pages faulted in so far without reading a file.
#[cfg(unix)]
fn minor_faults() -> u64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: a plain struct of integers for the kernel to fill in; zeros are valid should it refuse.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    usage.ru_minflt.cast_unsigned()
}

#[cfg(not(unix))]
fn minor_faults() -> u64 {
    0
}

/// A size of this process, where /proc tells: resident now (`VmRSS:`), or at most since it began (`VmHWM:`; the one of
/// `getrusage` begins with that of the process which started this one).
fn status_kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
