fn main() {
    let arena = arenite::Arena::new();
    let outer = arena.scope();
    let inner = outer.scope();
    let value = inner.alloc(1u64);
    drop(inner);
    *value += 1;
}
