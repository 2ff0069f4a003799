//! rhai.

use crate::{documents::Documents, program::Call};
use rhai::Engine;

/// Words, maps, lists, closures: what scripts of servers and games do.
const SCRIPT: &str = r#"
fn price(item) { item.price * item.quantity }

let items = [];
for i in 0..60 {
    items.push(#{ name: "item " + i, price: 100 + i * 7 % 31, quantity: 1 + i % 5, tags: ["a" + i % 3, "b" + i % 7] });
}
let by_tag = #{};
for item in items {
    for tag in item.tags {
        if tag in by_tag { by_tag[tag] += price(item); } else { by_tag[tag] = price(item); }
    }
}
let cheap = items.filter(|item| item.price < 115).map(|item| item.name.to_upper());
let text = "";
for name in cheap { text += name + "; "; }
for tag in by_tag.keys() { text += tag + "=" + by_tag[tag] + " "; }
text
"#;

pub(super) fn run(_: &Documents) -> Call {
    let engine = Engine::new();
    Box::new(move |look| look.at(&engine.eval::<String>(SCRIPT).expect("the script above")))
}
