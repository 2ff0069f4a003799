//! Each live block known: size, tag, place.

mod allocation;
mod here;
mod leaks;
mod ledger;
mod tracked;

pub use allocation::{Allocation, Freed};
pub use here::Here;
pub use leaks::{Leak, Leaks};
pub use tracked::Tracked;
