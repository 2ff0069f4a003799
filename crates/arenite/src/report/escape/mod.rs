//! Who still points into what is about to die?

mod error;
#[allow(clippy::module_inception)] // One type a file, named as the type.
mod escape;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod linux;
mod report;
mod scan;
mod spans;

pub use error::EscapeError;
pub use escape::{Escape, EscapePlace};
pub use report::{EscapeReport, UnscannedThread};
pub use scan::EscapeScan;
