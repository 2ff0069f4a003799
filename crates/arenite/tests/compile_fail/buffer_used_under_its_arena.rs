fn main() {
    let mut memory = [core::mem::MaybeUninit::uninit(); 4096];
    let arena = arenite::BufferArena::new(&mut memory).unwrap();
    memory[0].write(1u8);
    arena.alloc(1u64);
}
