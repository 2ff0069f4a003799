fn main() {
    let mut memory = [core::mem::MaybeUninit::uninit(); 4096];
    let mut arena = arenite::BufferArena::new(&mut memory).unwrap();
    let inner: &mut arenite::Arena = &mut arena;
    let _escaped = std::mem::take(inner);
}
