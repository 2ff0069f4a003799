fn main() {
    let arena = arenite::Arena::new();
    let mut claim = arena.claim();
    let scope = claim.scope();
    claim.alloc(1u64);
    scope.alloc(2u64);
}
