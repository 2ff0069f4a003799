//! The sanitizers' own functions, where their runtimes are in the program.

/// A function of a sanitizer: what is told of `size` bytes at `start`.
type Tell = unsafe extern "C" fn(start: *const u8, size: usize);

/// The address of a function by its name, 0 when the program has none: a weak symbol, which the linker leaves at 0 and
/// which links nothing in.
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
macro_rules! weak {
    ($name:literal) => {{
        let address: usize;
        // SAFETY: reads the entry that the linker makes for the symbol: its address, or 0.
        unsafe {
            core::arch::asm!(
                concat!(".weak ", $name),
                concat!("mov {}, qword ptr [rip + ", $name, "@GOTPCREL]"),
                out(reg) address,
                options(nostack, preserves_flags, readonly),
            );
        }
        address
    }};
}

#[cfg(all(target_os = "linux", target_arch = "aarch64", not(miri)))]
macro_rules! weak {
    ($name:literal) => {{
        let address: usize;
        // SAFETY: reads the entry that the linker makes for the symbol: its address, or 0.
        unsafe {
            core::arch::asm!(
                concat!(".weak ", $name),
                concat!("adrp {0}, :got:", $name),
                concat!("ldr {0}, [{0}, :got_lo12:", $name, "]"),
                out(reg) address,
                options(nostack, preserves_flags, readonly),
            );
        }
        address
    }};
}

/// Elsewhere they are not looked for.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
macro_rules! weak {
    ($name:literal) => {
        0usize
    };
}

/// Calls a function of a sanitizer, if the program has it.
macro_rules! tell {
    ($name:literal, $start:ident, $size:ident) => {
        if let Some(function) = function(weak!($name)) {
            // SAFETY: the sanitizers' interface: these functions take any range of the program's memory and change only
            // the sanitizer's own books of it.
            unsafe { function(core::ptr::with_exposed_provenance($start), $size) }
        }
    };
}

fn function(address: usize) -> Option<Tell> {
    // SAFETY: 0, which is `None`, or the address of a function with this signature: `asan_interface.h`,
    // `msan_interface.h`.
    unsafe { core::mem::transmute::<usize, Option<Tell>>(address) }
}

/// Whether the program has the runtime of a sanitizer that is told anything.
pub(super) fn present() -> bool {
    address_sanitizer() || weak!("__msan_unpoison") != 0
}

/// Whether it is AddressSanitizer.
pub(super) fn address_sanitizer() -> bool {
    weak!("__asan_poison_memory_region") != 0
}

/// LeakSanitizer looks for pointers in the C heap, statics and stacks, not in pages that a program maps for itself. What only
/// those point to is named to it: then it is no leak, nor is what it points to.
pub(super) fn held(start: usize) {
    let address = weak!("__lsan_ignore_object");
    // SAFETY: 0, which is `None`, or the address of a function with this signature: `lsan_interface.h`.
    let ignore = unsafe { core::mem::transmute::<usize, Option<unsafe extern "C" fn(*const u8)>>(address) };
    if let Some(ignore) = ignore {
        // SAFETY: takes any address, and changes only the sanitizer's own books.
        unsafe { ignore(core::ptr::with_exposed_provenance(start)) }
    }
}

/// A range where LeakSanitizer looks for pointers too. Its list has an entry for each call.
#[cfg(feature = "std")]
pub(super) fn root(start: usize, size: usize) {
    tell!("__lsan_register_root_region", start, size);
}

/// Takes a range off that list; with another start or size than it was put there with, the sanitizer would end the program.
#[cfg(feature = "std")]
pub(super) fn no_root(start: usize, size: usize) {
    tell!("__lsan_unregister_root_region", start, size);
}

pub(super) fn no_access(start: usize, size: usize) {
    tell!("__asan_poison_memory_region", start, size);
    tell!("__msan_poison", start, size);
}

pub(super) fn undefined(start: usize, size: usize) {
    tell!("__asan_unpoison_memory_region", start, size);
    tell!("__msan_allocated_memory", start, size);
}

pub(super) fn defined(start: usize, size: usize) {
    tell!("__asan_unpoison_memory_region", start, size);
    tell!("__msan_unpoison", start, size);
}
