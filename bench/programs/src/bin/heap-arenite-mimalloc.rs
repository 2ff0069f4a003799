//! The programs on Arenite's global allocator over mimalloc 2..

#[global_allocator]
static HEAP: arenite::Global = arenite::Global::new();

fn main() -> std::process::ExitCode {
    programs::runner::main()
}
