//! The programs on mimalloc 2, by the calls that `Global` makes when it lies over it..

#[global_allocator]
static HEAP: arenite::context::ProgramHeap = arenite::context::ProgramHeap;

fn main() -> std::process::ExitCode {
    programs::runner::main()
}
