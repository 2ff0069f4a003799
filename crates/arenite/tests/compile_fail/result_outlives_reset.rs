fn main() {
    let mut arena = arenite::Arena::new();
    let value = arena.alloc(1u64);
    arena.reset();
    *value += 1;
}
