//! Platform memory and Windows' memory calls: `arenite/platform.h`.

mod memory;
mod windows;
