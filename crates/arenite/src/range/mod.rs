//! One contiguous range of memory and who pays for it: what a [`Stack`](crate::Stack) or a [`Ring`](crate::Ring) stands
//! on.

mod label;
mod memory;
mod options;
mod watched;

pub use options::RangeOptions;

pub(crate) use label::label;
pub(crate) use memory::MemoryRange;
pub(crate) use watched::RangeWatch;
