fn main() {
    let arena = {
        let mut memory = [core::mem::MaybeUninit::uninit(); 4096];
        arenite::BufferArena::new(&mut memory).unwrap()
    };
    arena.alloc(1u64);
}
