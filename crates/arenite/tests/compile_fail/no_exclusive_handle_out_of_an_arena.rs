fn main() {
    let (mut a, mut b) = (arenite::Arena::new(), arenite::Arena::new());
    let (a, b): (&mut arenite::Handle, &mut arenite::Handle) = (&mut a, &mut b);
    std::mem::swap(a, b);
}
