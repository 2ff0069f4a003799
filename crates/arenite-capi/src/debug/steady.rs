//! Stretches of a program that are meant to be steady.

use crate::{
    border::enter,
    error::{Code, note},
    handle::Handle,
    registry::{self, held},
};
use arenite_lib::report::SteadyStretch;
use std::{ffi::c_void, ptr::null_mut, sync::Mutex};

/// Nobody but who ends it looks inside.
struct Stretch(Mutex<SteadyStretch>);

held!(Box<Stretch>, Steady);

#[unsafe(no_mangle)]
pub extern "C" fn arenite_steady_begin() -> *mut c_void {
    enter("arenite_steady_begin", null_mut(), || {
        Ok(registry::insert(Box::new(Stretch(Mutex::new(SteadyStretch::begin()))))?.to_c())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn arenite_steady_end(steady: *mut c_void) -> bool {
    enter("arenite_steady_end", false, || {
        let stretch = registry::remove::<Box<Stretch>>(Handle::from_c(steady), |_| Ok(()))?;
        let Stretch(stretch) = *stretch;
        let stretch = stretch.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        match stretch.end() {
            Ok(()) => Ok(true),
            Err(unsteady) => Err(note(Code::NotSteady, format_args!("{unsteady}"))),
        }
    })
}
