fn boxed<'a>() -> arenite::ArenaBox<'a, u64> {
    let arena = arenite::Arena::new();
    arena.boxed(1)
}

fn main() {
    boxed();
}
