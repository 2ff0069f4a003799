fn main() {
    let mut arena = arenite::Arena::new();
    let text = arena.alloc_str("text");
    arena.clear();
    println!("{text}");
}
