//! Rings and stacks as C holds them: of their own, or that of a memory system, by the same handles.

use crate::{
    error::Noted,
    handle::Handle,
    memory_system::{self, Shared},
    owned::Owned,
    range::{busy, of_a_system},
    registry::{self, Held},
};
use arenite_lib::{MemorySystem, system::SystemError};
use std::{
    cell::{RefCell, RefMut},
    ffi::c_void,
};

/// What stands on a range, and a memory system has one of.
pub(crate) trait OnRange: Send + Sized + 'static {
    /// As errors call it.
    const NAME: &'static str;

    fn of<'m>(memory: &'m MemorySystem<'static>) -> Result<RefMut<'m, Self>, SystemError>;
}

/// One of its own, or that of a memory system.
pub(crate) enum RangeOf<T> {
    Own(Box<Owned<RefCell<T>>>),
    Memory(Shared),
}

/// Makes it C's, for the calling thread.
pub(crate) fn insert<T: OnRange>(value: T) -> Result<*mut c_void, Noted>
where
    RangeOf<T>: Held,
{
    Ok(registry::insert(RangeOf::Own(Box::new(Owned::new(RefCell::new(value)))))?.to_c())
}

/// Runs `run` with it, when it is the calling thread's.
pub(crate) fn with<T: OnRange, R>(handle: *mut c_void, run: impl FnOnce(&mut T) -> Result<R, Noted>) -> Result<R, Noted>
where
    RangeOf<T>: Held,
{
    match registry::find::<RangeOf<T>>(Handle::from_c(handle))? {
        RangeOf::Own(own) => run(&mut *own.get(T::NAME)?.try_borrow_mut().map_err(|_| busy(T::NAME))?),
        RangeOf::Memory(system) => run(&mut *T::of(&system.get(memory_system::NAME)?.memory)?),
    }
}

/// The same for a fast path: without a word of why not, and it never unwinds when `run` does not.
#[inline(always)]
pub(crate) fn at_hand<T: OnRange, R>(handle: *mut c_void, run: impl FnOnce(&mut T) -> Option<R>) -> Option<R>
where
    RangeOf<T>: Held,
{
    match registry::peek::<RangeOf<T>>(Handle::from_c(handle))? {
        RangeOf::Own(own) => run(&mut *own.peek()?.try_borrow_mut().ok()?),
        RangeOf::Memory(system) => run(&mut *T::of(&system.peek()?.memory).ok()?),
    }
}

/// One of its own: that of a memory system comes and goes with the system.
fn own<T: OnRange>(handle: *mut c_void) -> Result<&'static Owned<RefCell<T>>, Noted>
where
    RangeOf<T>: Held,
{
    match registry::find::<RangeOf<T>>(Handle::from_c(handle))? {
        RangeOf::Own(own) => Ok(own),
        RangeOf::Memory(_) => Err(of_a_system(T::NAME)),
    }
}

/// Destroys it; NULL is fine.
pub(crate) fn destroy<T: OnRange>(handle: *mut c_void) -> Result<bool, Noted>
where
    RangeOf<T>: Held,
{
    if !handle.is_null() {
        own::<T>(handle)?.may_end(T::NAME)?;
        drop(registry::remove::<RangeOf<T>>(Handle::from_c(handle), |_| Ok(()))?);
    }
    Ok(true)
}

/// The calling thread gives it up.
pub(crate) fn release<T: OnRange>(handle: *mut c_void) -> Result<bool, Noted>
where
    RangeOf<T>: Held,
{
    own::<T>(handle)?.release(T::NAME).map(|()| true)
}

/// The calling thread takes it.
pub(crate) fn adopt<T: OnRange>(handle: *mut c_void) -> Result<bool, Noted>
where
    RangeOf<T>: Held,
{
    own::<T>(handle)?.adopt(T::NAME).map(|()| true)
}
