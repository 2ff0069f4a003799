//! Each live block known: size, tag, place.

mod allocation;
mod here;
mod leaks;
mod ledger;
#[allow(clippy::module_inception)] // One type a file, named as the type.
mod tracked;

pub use allocation::{Allocation, Freed};
pub use here::Here;
pub use leaks::{Leak, Leaks};
pub use tracked::Tracked;
