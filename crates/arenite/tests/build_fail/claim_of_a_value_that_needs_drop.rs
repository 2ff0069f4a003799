//! error: a value that needs Drop

fn main() {
    let arena = arenite::Arena::new();
    arena.claim().alloc(String::from("would never be dropped"));
}
