fn main() {
    let arena = arenite::Arena::new();
    let list = {
        let scope = arena.scope();
        let mut list = arenite::ArenaVec::new_in(&scope);
        list.push(1u64);
        list
    };
    println!("{list:?}");
}
