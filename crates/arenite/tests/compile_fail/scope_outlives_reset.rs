fn main() {
    let mut arena = arenite::Arena::new();
    let scope = arena.scope();
    arena.reset();
    scope.alloc(1u64);
}
