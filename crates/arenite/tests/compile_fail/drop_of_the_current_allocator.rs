fn main() {
    let arena = arenite::Arena::new();
    arenite::context::with_allocator(&arena, || drop(arena));
}
