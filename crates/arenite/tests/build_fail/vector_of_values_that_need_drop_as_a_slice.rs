//! error: elements that need Drop

fn main() {
    let arena = arenite::Arena::new();
    let mut list = arenite::ArenaVec::new_in(&arena);
    list.push(String::new());
    let _ = list.into_slice();
}
