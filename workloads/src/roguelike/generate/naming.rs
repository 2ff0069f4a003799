//! What rooms, monsters and items are called.

use std::fmt::Write;

use crate::memory::Alloc;
use crate::roguelike::resource::kinds::ItemKind;
use crate::roguelike::{Rng, Text};

const MOODS: [&str; 16] = [
    "Dusty",
    "Silent",
    "Collapsed",
    "Dripping",
    "Forgotten",
    "Scorched",
    "Echoing",
    "Plundered",
    "Moonlit",
    "Frozen",
    "Overgrown",
    "Stained",
    "Sunken",
    "Narrow",
    "Gilded",
    "Whispering",
];
const HEADS: [&str; 14] =
    ["Bra", "Tor", "Ul", "Ges", "Mor", "Ska", "Ith", "Vel", "Dro", "Hak", "Yr", "Pel", "Ond", "Zur"];
const MIDDLES: [&str; 10] = ["ga", "li", "ru", "no", "the", "sha", "mi", "do", "ka", "ve"];
const TAILS: [&str; 12] = ["th", "nak", "dur", "sk", "ra", "mish", "lon", "gor", "wen", "zh", "bek", "ris"];
const BYNAMES: [&str; 10] = [
    "the Quiet",
    "the Twice-Drowned",
    "Bonepicker",
    "of the Low Road",
    "Lampeater",
    "the Patient",
    "Ninefingers",
    "the Unwashed",
    "Oathbreaker",
    "the Last",
];

/// `Dusty Crypt`
pub(super) fn room_title<A: Alloc>(kind: &str, rng: &mut Rng, alloc: A) -> Text<A> {
    let mut title = Text::new_in(alloc);
    title.push_str(MOODS[rng.index(MOODS.len())]);
    title.push(' ');
    title.push_str(kind);
    title
}

/// `Morshalon the Quiet`
pub(super) fn proper_name<A: Alloc>(rng: &mut Rng, alloc: A) -> Text<A> {
    let mut name = Text::new_in(alloc);
    name.push_str(HEADS[rng.index(HEADS.len())]);
    for _ in 0..rng.below(3) {
        name.push_str(MIDDLES[rng.index(MIDDLES.len())]);
    }
    name.push_str(TAILS[rng.index(TAILS.len())]);
    if rng.chance(40) {
        name.push(' ');
        name.push_str(BYNAMES[rng.index(BYNAMES.len())]);
    }
    name
}

/// `12 Arrows`, `Dagger +2`
pub(super) fn item_label<P: Alloc, A: Alloc>(kind: &ItemKind<P>, count: i32, quality: i32, alloc: A) -> Text<A> {
    let mut label = Text::new_in(alloc);
    let name = kind.name.as_str();
    let written = match (count, quality) {
        (1, 0) => {
            label.push_str(name);
            Ok(())
        }
        (1, quality) => write!(label, "{name} {quality:+}"),
        (count, 0) => write!(label, "{count} x {name}"),
        (count, quality) => write!(label, "{count} x {name} {quality:+}"),
    };
    written.expect("a text takes whatever is written");
    label
}
