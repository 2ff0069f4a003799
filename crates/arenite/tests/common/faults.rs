//! Faults as a test sees them. The grade of a name is the test's own, and so are the faults that carry it.
#![allow(clippy::undocumented_unsafe_blocks)] // One block, and it says why.

use arenite::debug::{self, Fault, FaultKind, Grade, Site};
use std::sync::{Mutex, OnceLock};

static FAULTS: Mutex<Vec<Fault>> = Mutex::new(Vec::new());

/// Sets the grade of what nodes of this name pay for, and starts to listen.
pub fn grade(name: &str, grade: Grade) {
    static LISTENING: OnceLock<()> = OnceLock::new();
    LISTENING.get_or_init(|| debug::on_fault(|fault| FAULTS.lock().unwrap().push(*fault)));
    debug::set_node_grade(name, grade);
}

/// The faults told under this name since the last call.
pub fn faults(name: &str) -> Vec<Fault> {
    let mut all = FAULTS.lock().unwrap();
    let (mine, others) = all.drain(..).partition(|fault| &*fault.owner.name == name);
    *all = others;
    mine
}

/// The only one of them.
#[track_caller]
pub fn one(name: &str, kind: FaultKind) -> Fault {
    let faults = faults(name);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].kind, kind, "{}", faults[0]);
    faults[0]
}

/// The lines of a fault's three places, all of them in `file`; 0 for one that is not known.
#[track_caller]
pub fn lines(fault: &Fault, file: &str) -> [u32; 3] {
    [fault.allocated, fault.first, fault.second].map(|site| {
        assert!(site == Site::UNKNOWN || site.file() == Some(file), "{fault}");
        site.line().unwrap_or(0)
    })
}

/// The grades that remember places.
pub const WATCHED: [Grade; 4] = [Grade::Sites, Grade::Guard, Grade::Quarantine, Grade::Page];

/// Whether AddressSanitizer would end the program at the faults that a test commits: it knows of the fences too.
pub fn stopped_by_the_sanitizer() -> bool {
    #[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
    {
        let address: usize;
        // A weak symbol: the linker leaves it at 0 when the program has no such function.
        unsafe {
            std::arch::asm!(
                ".weak __asan_poison_memory_region",
                "mov {}, qword ptr [rip + __asan_poison_memory_region@GOTPCREL]",
                out(reg) address,
                options(nostack, preserves_flags, readonly),
            );
        }
        address != 0
    }
    #[cfg(not(all(target_os = "linux", target_arch = "x86_64", not(miri))))]
    false
}
