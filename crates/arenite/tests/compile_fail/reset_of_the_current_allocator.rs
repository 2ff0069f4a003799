fn main() {
    let mut arena = arenite::Arena::new();
    arenite::context::with_allocator(&arena, || arena.reset());
}
