//! error: a value that needs Drop

fn main() {
    let arena = arenite::Arena::new();
    let _ = arena.try_alloc(String::from("would never be dropped"));
}
