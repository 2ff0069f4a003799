//! A memory fault of the machine, explained: what was touched that [`Grade::Page`](super::Grade::Page) had closed.

/// Lets the process say, before it dies of a memory fault (`SIGSEGV`, `SIGBUS`), what was touched: a block that
/// [`Grade::Page`](super::Grade::Page) had on pages of its own, with the places of its allocation and of its end, and the
/// instruction that did it. The report goes to stderr. Then the fault takes its course: whatever was set for the signal
/// before happens, usually the process's end. Faults that have nothing to do with such a block are left alone.
///
/// To be called once, early; later calls change nothing. `false`: nothing can be said here (no Unix, no feature `debug`, or
/// the system refuses).
///
/// It runs in a signal handler and takes no lock that is held at that moment, so the report may be missing when the fault
/// is an allocator's own. It needs the thread's stack: one that has overflowed ends the process without the standard
/// library's message. Nothing is told to [`on_fault`](super::on_fault)'s callback: there is no way back to the program.
///
/// ```no_run
/// use arenite::{Heap, debug::{self, Grade}};
/// debug::explain_page_faults();
/// debug::set_grade(Grade::Page);
/// let heap = Heap::new();
/// let block = heap.alloc(std::alloc::Layout::new::<u64>()).cast::<u64>();
/// unsafe { heap.free(block.cast()) };
/// unsafe { block.write(1) }; // use after free, with both places; the process ends here
/// ```
pub fn explain_page_faults() -> bool {
    #[cfg(all(unix, feature = "std", feature = "debug", not(any(miri, arenite_shuttle))))]
    return on_unix::install();
    #[cfg(not(all(unix, feature = "std", feature = "debug", not(any(miri, arenite_shuttle)))))]
    false
}

#[cfg(all(unix, feature = "std", feature = "debug", not(any(miri, arenite_shuttle))))]
mod on_unix {
    use crate::debug::{Fault, FaultDetail, FaultKind, Grade, block_record::BlockState, books::try_each_ledger};
    use core::{ffi::c_void, mem::MaybeUninit, ptr};
    use std::sync::OnceLock;

    const SIGNALS: [libc::c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];
    /// What was set for the signals before.
    static BEFORE: [OnceLock<libc::sigaction>; 2] = [const { OnceLock::new() }; 2];

    pub(super) fn install() -> bool {
        BEFORE.iter().zip(SIGNALS).all(|(before, signal)| before.get().is_some() || set(before, signal))
    }

    fn set(before: &OnceLock<libc::sigaction>, signal: libc::c_int) -> bool {
        let mut old = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: asks what is set for the signal; sets nothing.
        if unsafe { libc::sigaction(signal, ptr::null(), old.as_mut_ptr()) } != 0 {
            return false;
        }
        // SAFETY: written just now, and zeroed before: a struct of integers and a function's address.
        if before.set(unsafe { old.assume_init() }).is_err() {
            return true;
        }
        // SAFETY: zeroes are an empty action, whose parts are set below.
        let mut new: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        new.sa_sigaction = explain as extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut c_void) as usize;
        // Not on the stack for signals, whose usual 8 KiB are too few to look things up and print them.
        new.sa_flags = libc::SA_SIGINFO;
        // SAFETY: a whole action, whose handler has the signature that `SA_SIGINFO` asks for.
        unsafe { libc::sigaction(signal, &raw const new, ptr::null_mut()) == 0 }
    }

    extern "C" fn explain(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        // First what was set before: the instruction is tried again when this returns, and a fault in here ends it all.
        for (before, _) in BEFORE.iter().zip(SIGNALS).filter(|(_, one)| *one == signal) {
            if let Some(before) = before.get() {
                // SAFETY: what `sigaction` itself said.
                unsafe { libc::sigaction(signal, before, ptr::null_mut()) };
            }
        }
        // SAFETY: the kernel's own description of a memory fault, valid during this call.
        let address = unsafe { (*info).si_addr() }.addr();
        if let Some(fault) = fault_at(address) {
            fault.tell_last(instruction(context));
        }
    }

    /// What touching the address was, if it belongs to a block on pages of its own.
    fn fault_at(address: usize) -> Option<Fault> {
        let mut found = None;
        try_each_ledger(|owner, ledger| {
            let Some(record) = ledger.page_object_near(address).filter(|_| found.is_none()) else { return };
            let kind = match record.state {
                BlockState::Live => FaultKind::Overrun,
                BlockState::Freed { .. } => FaultKind::UseAfterFree,
                BlockState::Reset { .. } => FaultKind::UseAfterReset,
            };
            debug_assert!(record.grade == Grade::Page);
            let detail = FaultDetail::Touched { offset: address.wrapping_sub(record.address) as isize };
            found = Some(Fault::new(kind, owner).with_block(record).with_detail(detail));
        });
        found
    }

    /// The instruction that was running.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn instruction(context: *mut c_void) -> Option<usize> {
        // SAFETY: with `SA_SIGINFO` the kernel gives the handler a `ucontext_t`, valid during this call.
        let context = unsafe { &*context.cast::<libc::ucontext_t>() };
        #[cfg(target_arch = "x86_64")]
        let at = context.uc_mcontext.gregs[libc::REG_RIP as usize] as usize;
        #[cfg(target_arch = "aarch64")]
        let at = context.uc_mcontext.pc as usize;
        Some(at)
    }

    /// Not known here.
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    fn instruction(_: *mut c_void) -> Option<usize> {
        None
    }
}
