fn main() {
    let arena = arenite::Arena::new();
    arena.alloc(1u64);
    arena.alloc_drop(String::from("dropped with the arena"));
    let mut list = arenite::ArenaVec::new_in(&arena);
    list.push("borrowed");
    assert_eq!(list.into_slice(), ["borrowed"]);
}
