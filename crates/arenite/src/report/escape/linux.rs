//! The scan on Linux.

use super::{Escape, EscapeError, EscapePlace, EscapeReport, EscapeScan, UnscannedThread, spans::Spans};
use crate::{
    NodeId,
    debug::{Metadata, Parked, Text, stack_from, thread_number, with_parked},
    node,
    report::{Allocation, Allocations},
    source::AddressMap,
};
use allocator_api2::vec::Vec;
use core::{ffi::c_void, ops::Range, ptr};
use std::fs;

/// What a range of addresses is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    ThreadLocal,
    Stack { thread: u32, low: usize },
    Static,
    Memory(NodeId),
}

const WORD: usize = size_of::<usize>();
/// Words that are read at a time: 64 KiB, as the granules of the address map.
const BUFFER: usize = GRANULE / WORD;
const GRANULE: usize = 64 << 10;

/// Makes the scan; the calling thread's stack from `low` on.
pub(super) fn walk(mut scan: EscapeScan, low: usize) -> Result<EscapeReport, EscapeError> {
    let own = thread_number();
    let known = Allocations::take().by_address();
    let mapped = writable()?;
    let memory = memory_of_nodes(&mapped);
    for (range, _) in memory.iter().filter(|(_, owner)| scan.nodes.contains(owner)) {
        scan.dying.add(range.clone());
        scan.skipped.add(range.clone());
    }
    scan.dying.settle();
    scan.skipped.settle();
    let others = threads(own)?;
    with_parked(scan.wait, others.len(), |parked| {
        let mut walk = Walk { scan: &scan, known: &known, report: EscapeReport::new(), buffer: Vec::new_in(Metadata) };
        walk.buffer.resize(BUFFER, 0);
        let mut seen = scan.skipped.clone();
        let (statics, locals) = images();
        let mut first: Vec<(Range<usize>, Kind), Metadata> = Vec::new_in(Metadata);
        first.extend(locals.into_iter().map(|range| (range, Kind::ThreadLocal)));
        match stack_from(low) {
            Some(stack) => first.push((stack, Kind::Stack { thread: own, low })),
            // On a stack that the system did not make: a coroutine's.
            None => walk.report.threads.push(UnscannedThread { thread: own, name: Text::EMPTY }),
        }
        first.extend(
            parked
                .iter()
                .map(|Parked { thread, stack }| (stack.clone(), Kind::Stack { thread: *thread, low: stack.start })),
        );
        first.extend(statics.into_iter().map(|range| (range, Kind::Static)));
        // A thread's locals lie on its stack with some: what was looked at is not looked at again.
        for (range, kind) in first {
            walk.look(&seen, range.clone(), kind)?;
            seen.add(range);
            seen.settle();
        }
        for (range, owner) in memory {
            walk.look(&seen, range.clone(), Kind::Memory(owner))?;
            seen.add(range);
        }
        seen.settle();
        // What is watched and lies in the C heap.
        for at in 0..walk.known.len() {
            let block = walk.known[at].block;
            walk.look(&seen, block.address..block.address + block.size, Kind::Memory(walk.known[at].owner.node))?;
        }
        let waited = |thread: &UnscannedThread| parked.iter().any(|parked| parked.thread == thread.thread);
        walk.report.threads.extend(others.iter().filter(|thread| !waited(thread)));
        Ok(walk.report)
    })
}

struct Walk<'s> {
    scan: &'s EscapeScan,
    /// By address.
    known: &'s [Allocation],
    report: EscapeReport,
    buffer: Vec<usize, Metadata>,
}

impl Walk<'_> {
    /// Looks at the parts of a range that were not `seen`.
    fn look(&mut self, seen: &Spans, range: Range<usize>, kind: Kind) -> Result<(), EscapeError> {
        let mut result = Ok(());
        seen.gaps(range, |part| {
            if result.is_ok() {
                result = self.look_at(part, kind);
            }
        });
        result
    }

    fn look_at(&mut self, range: Range<usize>, kind: Kind) -> Result<(), EscapeError> {
        let hull = self.scan.dying.hull();
        let mut at = range.start.next_multiple_of(WORD);
        while at + WORD <= range.end {
            let wanted = (range.end - at).min(BUFFER * WORD) / WORD * WORD;
            let read = read(at, &mut self.buffer[..wanted / WORD])? / WORD;
            self.report.bytes += read * WORD;
            for word in 0..read {
                let to = self.buffer[word];
                if hull.contains(&to) && self.scan.dying.contains(to) {
                    self.found(at + word * WORD, to, kind);
                }
            }
            at += read * WORD;
            if read * WORD < wanted {
                // Not to be read: unmapped meanwhile, or protected. On with the next page.
                at = (at + 1).next_multiple_of(crate::source::page_size());
            }
        }
        Ok(())
    }

    fn found(&mut self, at: usize, to: usize, kind: Kind) {
        let place = match kind {
            Kind::ThreadLocal => EscapePlace::ThreadLocal,
            Kind::Stack { thread, low } => EscapePlace::Stack { thread, depth: at - low },
            Kind::Static => EscapePlace::Static,
            Kind::Memory(owner) => self.block(at).map_or_else(|| EscapePlace::Memory(name(owner)), EscapePlace::Block),
        };
        self.report.add(Escape { at, place, to, target: self.block(to) });
    }

    /// The watched live block that holds an address; where a block of one allocator holds those of another, the inner one.
    fn block(&self, address: usize) -> Option<Allocation> {
        let behind = self.known.partition_point(|allocation| allocation.block.address <= address);
        self.known[..behind].iter().rev().take(64).find(|allocation| allocation.block.contains(address)).copied()
    }
}

fn name(node: NodeId) -> Text {
    let live = node::live();
    live.iter().find(|live| live.id() == node).map_or(Text::EMPTY, |live| Text::new(live.name()))
}

/// Reads words of this process; the bytes that could be read from `at` on.
fn read(at: usize, into: &mut [usize]) -> Result<usize, EscapeError> {
    let size = size_of_val(into);
    let local = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: size };
    let remote = libc::iovec { iov_base: ptr::without_provenance_mut::<c_void>(at), iov_len: size };
    // SAFETY: the kernel writes at most `size` bytes into `into`, and only looks at what is mapped at `at`.
    let done = unsafe { libc::process_vm_readv(libc::getpid(), &raw const local, 1, &raw const remote, 1, 0) };
    match usize::try_from(done) {
        Ok(done) => Ok(done),
        Err(_) => match std::io::Error::last_os_error().raw_os_error().unwrap_or(0) {
            libc::EFAULT => Ok(0),
            code => Err(EscapeError::Refused { what: "read the process's own memory", code }),
        },
    }
}

fn refused(what: &'static str) -> impl Fn(std::io::Error) -> EscapeError {
    move |error| EscapeError::Refused { what, code: error.raw_os_error().unwrap_or(0) }
}

/// What the process has mapped and may write, in order.
fn writable() -> Result<Vec<Range<usize>, Metadata>, EscapeError> {
    let text = fs::read_to_string("/proc/self/maps").map_err(refused("say what is mapped"))?;
    let mut ranges = Vec::new_in(Metadata);
    ranges.extend(text.lines().filter_map(|line| {
        // `55d0c7e00000-55d0c7e21000 rw-p 00000000 00:00 0   [heap]`
        let (addresses, rest) = line.split_once(' ')?;
        let (start, end) = addresses.split_once('-')?;
        let number = |digits| usize::from_str_radix(digits, 16).ok();
        Some(number(start)?..number(end)?).filter(|_| rest.starts_with("rw"))
    }));
    Ok(ranges)
}

/// What the address map knows of these ranges: runs of granules of one owner.
fn memory_of_nodes(mapped: &[Range<usize>]) -> Vec<(Range<usize>, NodeId), Metadata> {
    let mut runs: Vec<(Range<usize>, NodeId), Metadata> = Vec::new_in(Metadata);
    for range in mapped {
        let mut start = range.start;
        while start < range.end {
            let end = (start / GRANULE * GRANULE + GRANULE).min(range.end);
            if let Some(owner) = AddressMap::find(start) {
                match runs.last_mut() {
                    Some((run, same)) if run.end == start && *same == owner => run.end = end,
                    _ => runs.push((start..end, owner)),
                }
            }
            start = end;
        }
    }
    runs
}

/// The other threads of the process.
fn threads(own: u32) -> Result<Vec<UnscannedThread, Metadata>, EscapeError> {
    let mut threads = Vec::new_in(Metadata);
    for entry in fs::read_dir("/proc/self/task").map_err(refused("name the threads"))? {
        let number = entry.ok().and_then(|entry| entry.file_name().to_str()?.parse().ok());
        let Some(thread) = number.filter(|&thread| thread != own) else { continue };
        // Gone meanwhile: it has no stack any more.
        let Ok(name) = fs::read_to_string(std::format!("/proc/self/task/{thread}/comm")) else { continue };
        threads.push(UnscannedThread { thread, name: Text::new(name.trim_end()) });
    }
    Ok(threads)
}

type Ranges = Vec<Range<usize>, Metadata>;

/// The writable parts of the program and its libraries, and of those the calling thread's thread-locals.
fn images() -> (Ranges, Ranges) {
    unsafe extern "C" fn each(info: *mut libc::dl_phdr_info, _: usize, found: *mut c_void) -> i32 {
        // SAFETY: the linker's own description of an image, valid during this call.
        let info = unsafe { &*info };
        // SAFETY: what `images` passed below, which nobody else uses meanwhile.
        let (statics, locals) = unsafe { &mut *found.cast::<(Ranges, Ranges)>() };
        // SAFETY: as the linker describes it; the headers stay while the image is loaded.
        let headers = unsafe { core::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
        for header in headers {
            let size = header.p_memsz as usize;
            if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W != 0 {
                let start = (info.dlpi_addr as usize).wrapping_add(header.p_vaddr as usize);
                statics.push(start..start + size);
            } else if header.p_type == libc::PT_TLS && !info.dlpi_tls_data.is_null() {
                let start = info.dlpi_tls_data.addr();
                locals.push(start..start + size);
            }
        }
        0
    }
    let mut found = (Vec::new_in(Metadata), Vec::new_in(Metadata));
    // SAFETY: `each` is called with descriptions and with `found`, while that lives; it does not unwind but for want of
    // memory, which ends the process.
    unsafe { libc::dl_iterate_phdr(Some(each), (&raw mut found).cast()) };
    found
}
