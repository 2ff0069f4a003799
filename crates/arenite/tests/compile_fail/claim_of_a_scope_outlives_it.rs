fn main() {
    let arena = arenite::Arena::new();
    let scope = arena.scope();
    let value = scope.claim().alloc(1u64);
    drop(scope);
    *value += 1;
}
