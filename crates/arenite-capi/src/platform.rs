//! Platform memory and Windows' memory calls: `arenite/platform.h`.

mod files;
mod memory;
mod windows;
