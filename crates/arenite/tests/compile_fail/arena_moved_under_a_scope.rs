fn main() {
    let arena = arenite::Arena::new();
    let scope = arena.scope();
    let moved = arena;
    scope.alloc(1u64);
    moved.alloc(2u64);
}
