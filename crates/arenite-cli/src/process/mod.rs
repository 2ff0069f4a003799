//! What the operating system knows about this process. `None` where it does not tell.

#[allow(unsafe_code)] // One call to libc.
mod faults;
mod free_memory;
mod resident;

pub(crate) use faults::page_faults;
pub(crate) use free_memory::free_memory;
pub(crate) use resident::footprint;
