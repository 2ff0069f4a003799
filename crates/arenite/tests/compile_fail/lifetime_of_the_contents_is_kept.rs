fn main() {
    let arena = arenite::Arena::new();
    let list: &mut Vec<&str>;
    let mut holder = Vec::new();
    list = &mut holder;
    {
        let local = String::from("local");
        list.push(arena.alloc(&*local));
    }
    println!("{list:?}");
}
