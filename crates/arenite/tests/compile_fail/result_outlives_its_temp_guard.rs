fn main() {
    let temp = arenite::context::temp_guard();
    let word = temp.alloc_str("gone");
    drop(temp);
    println!("{word}");
}
