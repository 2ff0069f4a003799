//! Requests to valgrind, in instructions that change nothing on a bare machine.

/// `valgrind.h` and `memcheck.h`, where these numbers never change.
#[derive(Clone, Copy)]
#[repr(usize)]
pub(super) enum Request {
    CreatePool = 0x1303,
    DestroyPool = 0x1304,
    PoolAlloc = 0x1305,
    PoolFree = 0x1306,
    NoAccess = MEMCHECK,
    Undefined = MEMCHECK + 1,
    Defined = MEMCHECK + 2,
}

/// 'M', 'C'.
const MEMCHECK: usize = (0x4D << 24) | (0x43 << 16);

/// Whether the program runs under memcheck. Valgrind's other tools know nothing of its requests and answer with what
/// stood there before; a count of instructions is to count what the program does alone.
pub(super) fn memcheck() -> bool {
    tell(Request::NoAccess, [0, 0]) != 0
}

/// Makes a request; what valgrind answers, 0 without it.
#[inline]
pub(super) fn tell<const N: usize>(request: Request, arguments: [usize; N]) -> usize {
    let mut words = [0; 6];
    words[0] = request as usize;
    words[1..=N].copy_from_slice(&arguments);
    ask(&words)
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
fn ask(words: &[usize; 6]) -> usize {
    let mut answer = 0;
    // SAFETY: the rotations add up to 128 bits, so `rdi` keeps its value, and an exchange of `rbx` with itself does
    // nothing. Valgrind reads the words that `rax` points to, may note what they say of memory, and answers in `rdx`.
    unsafe {
        core::arch::asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51",
            "xchg rbx, rbx",
            in("rax") words,
            inout("rdx") answer,
            options(nostack),
        );
    }
    answer
}

#[cfg(all(target_arch = "aarch64", not(miri)))]
fn ask(words: &[usize; 6]) -> usize {
    let mut answer = 0;
    // SAFETY: the rotations add up to 128 bits, so `x12` keeps its value, and `x10` is or-ed with itself. Valgrind reads
    // the words that `x4` points to, may note what they say of memory, and answers in `x3`.
    unsafe {
        core::arch::asm!(
            "ror x12, x12, #3", "ror x12, x12, #13", "ror x12, x12, #51", "ror x12, x12, #61",
            "orr x10, x10, x10",
            in("x4") words,
            inout("x3") answer,
            options(nostack),
        );
    }
    answer
}

/// Other machines are not asked.
#[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn ask(_: &[usize; 6]) -> usize {
    0
}
