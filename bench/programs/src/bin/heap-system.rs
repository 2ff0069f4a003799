//! The programs on the C heap of the process..

#[global_allocator]
static HEAP: std::alloc::System = std::alloc::System;

fn main() -> std::process::ExitCode {
    programs::runner::main()
}
