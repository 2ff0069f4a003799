use arenite::{MemorySystem, system::SystemLayout};

fn main() {
    let memory;
    let mut buffer = vec![std::mem::MaybeUninit::uninit(); 4 << 20];
    memory = MemorySystem::in_memory(&mut buffer, SystemLayout::scaled(4 << 20).ring(0).stack(0).pools(0));
}
