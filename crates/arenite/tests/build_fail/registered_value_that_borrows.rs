//! error: `local` does not live long enough

fn main() {
    let local = String::from("local");
    let arena = arenite::Arena::new();
    arena.alloc_drop(vec![&local]);
}
