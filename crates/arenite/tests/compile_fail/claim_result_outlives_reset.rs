fn main() {
    let mut arena = arenite::Arena::new();
    let value = arena.claim().alloc(1u64);
    arena.reset();
    *value += 1;
}
