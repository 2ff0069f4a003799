//! error: `PhantomPinned` cannot be unpinned

fn main() {
    let arena = arenite::Arena::new();
    let _ = std::pin::Pin::new(arena.boxed(std::marker::PhantomPinned));
}
