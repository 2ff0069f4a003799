//! One contiguous range of memory and who pays for it: what a [`Stack`](crate::Stack) or a [`Ring`](crate::Ring) stands
//! on.

mod memory;
mod options;
#[cfg(any(feature = "ring", feature = "stack"))]
mod watched;

pub use options::RangeOptions;

pub(crate) use memory::MemoryRange;
#[cfg(any(feature = "ring", feature = "stack"))]
pub(crate) use watched::RangeWatch;
