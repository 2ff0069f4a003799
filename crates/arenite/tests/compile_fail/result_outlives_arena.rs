fn main() {
    let value;
    {
        let arena = arenite::Arena::new();
        value = arena.alloc_fmt(format_args!("{}", 1));
    }
    println!("{value}");
}
