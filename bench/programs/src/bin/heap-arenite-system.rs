//! The programs on Arenite's global allocator over the C heap..

#[global_allocator]
static HEAP: arenite::Global<std::alloc::System> = arenite::Global::over(std::alloc::System);

fn main() -> std::process::ExitCode {
    programs::runner::main()
}
