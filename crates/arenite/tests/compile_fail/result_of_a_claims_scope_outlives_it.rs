fn main() {
    let arena = arenite::Arena::new();
    let mut claim = arena.claim();
    let value = {
        let scope = claim.scope();
        scope.alloc(1u64)
    };
    *value += 1;
}
