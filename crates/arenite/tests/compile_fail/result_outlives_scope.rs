fn main() {
    let arena = arenite::Arena::new();
    let value = {
        let scope = arena.scope();
        scope.alloc(1u64)
    };
    *value += 1;
}
