//! Debugging: `arenite/debug.h`.

mod fault;
pub(crate) mod leak;
mod report;
mod steady;
mod strings;

use crate::{
    border::enter,
    error::{Code, Noted, note},
    given::{self, null},
};
use arenite_lib::debug::{self, FaultKind, Policy};
use std::ffi::{c_char, c_int, c_uint, c_void};

/// What C's number says of a kind of faults.
fn kind(kind: c_int) -> Result<FaultKind, Noted> {
    let known = usize::try_from(kind).ok().and_then(|kind| FaultKind::ALL.get(kind).copied());
    known.ok_or_else(|| note(Code::BadArgument, format_args!("{kind} is no arenite_fault_kind")))
}

fn policy(policy: c_int) -> Result<Policy, Noted> {
    let known = usize::try_from(policy).ok().and_then(|policy| Policy::ALL.get(policy).copied());
    known.ok_or_else(|| {
        note(Code::BadArgument, format_args!("{policy} is no arenite_policy: report is 0, panic is 1, abort is 2"))
    })
}

/// A tag that there is, not "none".
fn some_tag(tag: c_uint) -> Result<arenite_lib::Tag, Noted> {
    given::tag(tag)?.ok_or_else(|| {
        note(Code::BadArgument, format_args!("0 is no tag; pass one from 1 to {}", arenite_lib::Tag::COUNT))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_set_grade(grade: c_int) -> bool {
    enter("arenite_set_grade", false, || {
        let grade = given::grade(grade)?.ok_or_else(|| {
            note(
                Code::BadArgument,
                format_args!("the process has nothing to take its grade from; pass one from 0 to 5"),
            )
        })?;
        debug::set_grade(grade);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_get_grade() -> c_int {
    enter("arenite_get_grade", 0, || Ok(debug::grade() as c_int))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_set_tag_grade(tag: c_uint, grade: c_int) -> bool {
    enter("arenite_set_tag_grade", false, || {
        debug::set_tag_grade(some_tag(tag)?, given::grade(grade)?);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_get_tag_grade(tag: c_uint) -> c_int {
    enter("arenite_get_tag_grade", -1, || Ok(debug::grade_of(some_tag(tag)?) as c_int))
}

/// # Safety
/// `name` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_set_node_grade(name: *const c_char, grade: c_int) -> bool {
    enter("arenite_set_node_grade", false, || {
        // SAFETY: the caller's promise.
        let name = unsafe { given::name(name) }?.ok_or_else(|| null("a name"))?;
        debug::set_node_grade(&name, given::grade(grade)?);
        Ok(true)
    })
}

/// # Safety
/// `text` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_configure(text: *const c_char) -> bool {
    enter("arenite_configure", false, || {
        // SAFETY: the caller's promise.
        let text = unsafe { given::name(text) }?.ok_or_else(|| null("a text of settings"))?;
        debug::configure(&text).map_err(|error| note(Code::BadArgument, format_args!("{error}")))?;
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_set_sampling(every: usize) {
    enter("arenite_set_sampling", (), || {
        debug::set_sampling(every);
        Ok(())
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_set_stacks(every: usize) {
    enter("arenite_set_stacks", (), || {
        debug::set_stacks(every);
        Ok(())
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_set_check_every(operations: usize) {
    enter("arenite_set_check_every", (), || {
        debug::set_check_every(operations);
        Ok(())
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_set_shake(seed: u32) {
    enter("arenite_set_shake", (), || {
        debug::set_shake((seed != 0).then_some(u64::from(seed)));
        Ok(())
    });
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_set_policy(fault: c_int, after: c_int) -> bool {
    enter("arenite_set_policy", false, || {
        debug::set_policy(kind(fault)?, policy(after)?);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_set_policies(after: c_int) -> bool {
    enter("arenite_set_policies", false, || {
        debug::set_policies(policy(after)?);
        Ok(true)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_get_policy(fault: c_int) -> c_int {
    enter("arenite_get_policy", -1, || Ok(debug::policy(kind(fault)?) as c_int))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_faults() -> u64 {
    enter("arenite_faults", 0, || Ok(debug::faults()))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_faults_of(fault: c_int) -> u64 {
    enter("arenite_faults_of", 0, || Ok(debug::faults_of(kind(fault)?)))
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_explain_page_faults() -> bool {
    enter("arenite_explain_page_faults", false, || {
        if debug::explain_page_faults() {
            return Ok(true);
        }
        Err(note(Code::Unsupported, format_args!("nothing can be said here of a memory fault, or the system refuses")))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_not_a_leak(block: *const c_void) -> bool {
    enter("arenite_not_a_leak", false, || {
        if block.is_null() {
            return Err(null("a block"));
        }
        if debug::this_allocation_is_not_a_leak(block) {
            return Ok(true);
        }
        Err(note(
            Code::NotABlock,
            format_args!(
                "no watched allocator has a block at {block:p}: it was allocated under less than grade `sites`, or is free"
            ),
        ))
    })
}

/// # Safety
/// `pattern` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn arenite_suppress_leaks(pattern: *const c_char) -> bool {
    enter("arenite_suppress_leaks", false, || {
        // SAFETY: the caller's promise.
        let pattern = unsafe { given::name(pattern) }?.ok_or_else(|| null("a pattern"))?;
        if debug::suppress_leaks(&pattern) {
            return Ok(true);
        }
        Err(note(
            Code::BadArgument,
            format_args!("an empty pattern would leave out nothing; write a file and line, or how a path begins"),
        ))
    })
}
